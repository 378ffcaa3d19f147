"""Each reason that code gives is a declared one with its fields, and each declared one is given somewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.signals.answer import TONES
from firmware.supervisor.calls.legs import HANG_UP_TONES, LEFT_ALONE_TONES
from firmware.supervisor.rules.reasons import REASONS, Reason, because, from_elsewhere

ROOT = Path(__file__).parents[3]
GIVERS = ("firmware/supervisor", "firmware/gateways", "firmware/fax_files.py", "drivers/signals")
DATA_TONES = {"ced", "bell103"}


def trees() -> Iterator[ast.Module]:
    for giver in GIVERS:
        path = ROOT / giver
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            if file.name != "reasons.py":
                yield ast.parse(file.read_text(encoding="utf-8"))


def given() -> Iterator[tuple[str, set[str]]]:
    """Id and fields of each reason that is given as a constant: by ``because`` or as the ``why`` of a row."""
    for node in (node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call)):
        fields = {word.arg or "" for word in node.keywords}
        if isinstance(node.func, ast.Name) and node.func.id == "because":
            for one in constants(node.args[0]):
                yield one, fields
        for word in node.keywords:
            if word.arg == "why":
                for one in constants(word.value):
                    yield one, set()


def constants(node: ast.expr) -> list[str]:
    either = (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,)
    return [one.value for one in either if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value]


def test_each_reason_given_is_declared_with_its_fields() -> None:
    found = list(given())
    assert {"rang off", "no line is free", "message cut", "log lost"} <= {one for one, _ in found}, "they are found"
    assert [one for one, fields in found if REASONS.get(one) is None or not fields <= {*REASONS[one], ""}] == []
    assert [one for one, fields in found if "" not in fields and set(REASONS[one]) != fields] == []


def test_each_declared_reason_is_given_somewhere() -> None:
    written = {
        node.value
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    tones = {f"{tone} tone" for tone in HANG_UP_TONES | LEFT_ALONE_TONES | set(TONES) | DATA_TONES}
    assert {one for one in REASONS if one.endswith(" tone") and one != "no dial tone"} - written == tones - written
    of_a_word = {one for one in REASONS if one.partition(".")[2] in written}  # as f"who.{...}"
    reaching = {one for one in REASONS if one.startswith(("reach.", "nobody."))} | {"important", "accepted"}
    assert set(REASONS) - written - tones - of_a_word - reaching == set()


def test_a_reason_that_is_not_declared_or_lacks_a_field_is_an_error() -> None:
    for wrong, fields in (("the moon was full", {}), ("handset put down", {}), ("loop drop", {"line": "A"})):
        with pytest.raises(ValueError, match=wrong):
            because(wrong, **fields)


def test_what_a_driver_says_is_the_reason_that_it_is_or_a_field_of_one() -> None:
    assert from_elsewhere("box stopping", "link lost") == Reason("box stopping")
    assert from_elsewhere("no answer", "link lost") == Reason("link lost", (("error", "no answer"),))
    assert from_elsewhere("caller sent", "link lost") == Reason("link lost", (("error", "caller sent"),))
