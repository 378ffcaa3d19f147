"""The box's reasons, in the language of whoever looks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from firmware.supervisor.rules.reasons import REASONS
from webui.reasons import reason
from webui.words import Words, words

EN, FR = words("en"), words("fr")
SUPERVISOR = Path(__file__).parents[2] / "firmware" / "supervisor"


@pytest.mark.parametrize(
    ("why", "english", "french"),
    [
        ("loop drop", "the other party hung up", "l'autre personne a raccroché"),
        ("handset D put down", "handset D was put down", "le poste D a été raccroché"),
        ("busy tone", "busy tone was heard", "la tonalité d'occupation s'est fait entendre"),
        ("congestion tone", "a tone was heard: congestion", "une tonalité a été entendue : congestion"),
        ("the line sent MDMF by bell202", "the line sent MDMF (bell202)", "la ligne a envoyé MDMF (bell202)"),
        ("spoke 1.2 s and waited", "somebody spoke for 1.2 s", "quelqu'un a parlé pendant 1.2 s"),
        ("the moon was full", "the moon was full", "the moon was full"),
        ("handset {x.y} put down", "handset {x.y} was put down", "le poste {x.y} a été raccroché"),
    ],
)
def test_a_reason_is_a_sentence_of_the_language(why: str, english: str, french: str) -> None:
    assert reason(why, EN).startswith(english)
    assert reason(why, FR).startswith(french)


@pytest.mark.parametrize("t", [EN, FR], ids=["en", "fr"])
def test_every_reason_of_the_rules_is_a_sentence_with_its_fields(t: Words) -> None:
    values = {"status": "out", "who": "contact", "days": "mon fri", "until": "2026-03-02T15:00", "rule": "+1514*",
              "event": "Easter", "begins": "09:00", "ends": "17:00", "contact": "Roy", "line": "B",
              "at": "2026-03-02T14:00", "telephone": "D", "reply": "soon"}  # fmt: skip
    shown = {
        "status": t("status.out"),
        "who": t("who.contact"),
        "days": t("weekday.4"),
        "until": "2026-03-02 15:00",
        "at": "2026-03-02 14:00",
    }
    for why, names in REASONS.items():
        told = reason(why, t, values)
        assert told != why
        assert [name for name in names if shown.get(name, values[name]) not in told] == [], why
    assert "15:00" not in reason("status.set", t, {"status": "out", "until": ""})


def test_a_reason_from_the_wire_is_bounded_and_without_control_characters() -> None:
    told = reason("\u202eevil\x07" + "x" * 5000, EN)
    assert len(told) <= 121 and told.isprintable() and "\u202e" not in told


def test_every_reason_that_call_code_writes_has_a_french_sentence() -> None:
    written = {
        why for path in SUPERVISOR.rglob("*.py") for why in _reasons(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert {"rang off", "no line is free", "the handset was lifted"} <= written, "the reasons are found at all"
    assert {why for why in written if reason(why, FR) == why} == set()


def _reasons(tree: ast.AST) -> set[str]:
    """The constant reasons in ``note(kind, why)``, a call's ``end(outcome, by, why)``, a leg's ``end(by, why)``."""
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("note", "end", "Ending", "Gone") and len(node.args) >= 2:
            last = node.args[2] if len(node.args) > 2 and name in ("end", "Ending") else node.args[1]
            either = (last.body, last.orelse) if isinstance(last, ast.IfExp) else (last,)
            found |= {one.value for one in either if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found - {""}
