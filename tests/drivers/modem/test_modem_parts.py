"""The parts of the modem driver: shielding, audio forms, caller ID lines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from board.virtual.modem import CONEXANT, USR5637
from drivers.modem.caller import CallerLines
from drivers.modem.dle import DLE, ETX, Unshielder, shield
from drivers.modem.formats import best
from drivers.signals import g711


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_shielded_data_comes_back_however_the_stream_is_split(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    stream = shield(data)
    unshielder = Unshielder()
    found: list[bytes | int] = []
    step = 3
    for start in range(0, len(stream), step):
        found += unshielder.feed(stream[start : start + step])
    assert b"".join(piece for piece in found if isinstance(piece, bytes)) == data
    assert not [piece for piece in found if isinstance(piece, int)]


def test_events_stand_where_they_happened_in_the_data() -> None:
    unshielder = Unshielder()
    assert unshielder.feed(b"ab\x105cd\x10") == [b"ab", ord("5"), b"cd"]
    assert unshielder.feed(b"\x10\x10\x1a") == [b"\x10\x10\x10"]
    pieces, rest = unshielder.feed_to_end(bytes([1, DLE, ETX]) + b"\r\nOK\r\n")
    assert pieces == [b"\x01", ETX]
    assert rest == b"\r\nOK\r\n"


@given(st.binary(max_size=200))
def test_any_stream_is_taken_apart(data: bytes) -> None:
    assert sum(len(piece) if isinstance(piece, bytes) else 1 for piece in Unshielder().feed(data)) <= 2 * len(data)


@pytest.mark.parametrize(
    ("forms", "law", "kind", "number"),
    [
        (USR5637.forms, "mu", "mu", 131),
        (USR5637.forms, "a", "a", 130),
        (CONEXANT.forms, "mu", "u8", 1),
        (('129,"16-BIT LINEAR",16,0,(7200,8000),0,0', '131,"8-BIT ULAW",8,0,(7200),0,0'), "mu", "s16", 129),
        (('+VSM: 131,"Mu-Law",8,0,8000,0,0',), "a", "mu", 131),
    ],
)
def test_the_best_form_of_audio_is_taken(forms: tuple[str, ...], law: g711.Law, kind: str, number: int) -> None:
    form = best(forms, law)
    assert form is not None
    assert (form.kind, form.number) == (kind, number)


@pytest.mark.parametrize(
    "forms", [(), ("OK",), ('132,"IMA ADPCM",4,0,8000,0,0',), ('131,"8-BIT ULAW",8,0,(7200),0,0',)]
)
def test_no_known_form_is_none(forms: tuple[str, ...]) -> None:
    assert best(forms, "mu") is None


@pytest.mark.parametrize("row", [*USR5637.forms[:4], *CONEXANT.forms[:2]])
@pytest.mark.parametrize("law", ["mu", "a"])
def test_sound_survives_every_form(row: str, law: g711.Law) -> None:
    form = best([row], law)
    assert form is not None
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(800) / 8000)).astype(np.int16)
    data = form.from_law(g711.encode(tone, law), law)
    assert len(data) == 800 * form.width
    back = g711.decode(form.to_law(data, law), law).astype(float)
    noise = back - tone
    assert 10 * np.log10(np.mean(tone.astype(float) ** 2) / np.mean(noise**2)) > 25


def fields(*lines: str) -> CallerLines:
    caller = CallerLines()
    for line in lines:
        caller.take(line)
    return caller


def test_a_caller_is_read_from_the_modems_lines() -> None:
    caller = fields("DATE = 0302", "TIME = 1510", "NMBR = 5145550123", "NAME = PAUL ROY")
    assert (caller.number, caller.name, caller.reason) == ("5145550123", "PAUL ROY", None)
    when = caller.when(2026)
    assert when is not None
    assert (when.month, when.day, when.hour, when.minute) == (3, 2, 15, 10)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("NMBR = P", "private"),
        ("NMBR = O", "unavailable"),
        ("NMBR = PRIVATE", "private"),
        ("NUMBER=Out of area", "unavailable"),
    ],
)
def test_a_number_that_is_not_told_has_its_reason(line: str, reason: str) -> None:
    caller = fields(line)
    assert (caller.number, caller.reason) == (None, reason)
    assert caller.says_something()


@pytest.mark.parametrize(
    ("lines", "number", "name"),
    [
        (("DATE=1203", "TIME=1452", "NMBR=02079460123"), "02079460123", None),
        (("NMBR = 02079460123",), "02079460123", None),
        (("DATE = 0314", "TIME = 10", "NMBR = 5145550188", "NAME = ROY PAUL"), "5145550188", "ROY PAUL"),
        (("DATE = 0314\x81", "TIME = 1037", "NMBR = 514\x81\x815550188", "NAME = JOS\xc9"), "5145550188", "JOS\xc9"),
    ],
    ids=["no blanks, no name", "number alone", "half a time", "bytes beyond ASCII"],
)
def test_what_modems_in_the_field_say_is_read(lines: tuple[str, ...], number: str, name: str | None) -> None:
    caller = fields(*lines)
    assert (caller.number, caller.name, caller.reason) == (number, name, None)
    caller.when(2026)


@pytest.mark.parametrize("line", ["RING", "OK", "", "NMBR", "NMBR 514", "MESG = 0101", "X" * 500])
def test_other_lines_are_no_callers(line: str) -> None:
    caller = CallerLines()
    assert not caller.take(line)
    assert not caller.says_something()


@given(st.text(max_size=100))
def test_nothing_hostile_gets_through(text: str) -> None:
    caller = fields(f"NMBR = {text}", f"NAME = {text}", f"DATE = {text}", f"TIME = {text}")
    assert caller.number is None or set(caller.number) <= set("0123456789*#+")
    assert caller.name is None or caller.name.isprintable()
    caller.when(2026)
