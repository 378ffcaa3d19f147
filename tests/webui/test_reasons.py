"""The box's reasons, in the language of whoever looks."""

from __future__ import annotations

import pytest

from firmware.supervisor.rules.reasons import REASONS
from webui.reasons import reason
from webui.words import Words, words

EN, FR = words("en"), words("fr")


@pytest.mark.parametrize(
    ("why", "fields", "english", "french"),
    [
        ("loop drop", {}, "the other party hung up", "l'autre personne a raccroché"),
        ("handset put down", {"handset": "D"}, "handset D was put down", "le poste D a été raccroché"),
        ("busy tone", {}, "busy tone was heard", "la tonalité d'occupation s'est fait entendre"),
        (
            "caller sent",
            {"form": "MDMF", "scheme": "bell202"},
            "the line sent MDMF (bell202)",
            "la ligne a envoyé MDMF",
        ),
        ("spoke and waited", {"seconds": "1.2"}, "somebody spoke for 1.2 s", "quelqu'un a parlé pendant 1.2 s"),
        ("ring pattern", {"pattern": "short-long"}, "rang: short-long", "a sonné : court-long"),
        ("handset put down", {"handset": "{x.y}"}, "handset {x.y} was put down", "le poste {x.y} a été raccroché"),
        ("handset put down", {}, "handset  was put down", "le poste  a été raccroché"),
    ],
)
def test_a_reason_is_a_sentence_of_the_language(why: str, fields: dict[str, str], english: str, french: str) -> None:
    assert reason(why, EN, fields).startswith(english)
    assert reason(why, FR, fields).startswith(french)


@pytest.mark.parametrize("why", ["the moon was full", "handset D put down", "the box stopped during the call"])
def test_what_was_written_before_there_were_ids_is_shown_as_it_is(why: str) -> None:
    assert reason(why, EN, {}) == why
    assert reason(why, FR, {"handset": "D"}) == why


@pytest.mark.parametrize("t", [EN, FR], ids=["en", "fr"])
def test_every_reason_has_words_and_every_word_a_reason(t: Words) -> None:
    known = {key.removeprefix("why.") for key in t.table if key.startswith("why.")}
    assert known == {*REASONS, "status.set.until"}


@pytest.mark.parametrize("t", [EN, FR], ids=["en", "fr"])
def test_every_reason_of_the_rules_is_a_sentence_with_its_fields(t: Words) -> None:
    values = dict.fromkeys((name for names in REASONS.values() for name in names), "7")
    values |= {"status": "out", "who": "contact", "days": "mon fri", "until": "2026-03-02T15:00", "rule": "+1514*",
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
        assert [name for name in names if shown.get(name, values[name]) not in told] == [], why
    assert "15:00" not in reason("status.set", t, {"status": "out", "until": ""})


def test_a_reason_from_the_wire_is_bounded_and_without_control_characters() -> None:
    told = reason("\u202eevil\x07" + "x" * 5000, EN, {})
    assert len(told) <= 121 and told.isprintable() and "\u202e" not in told
