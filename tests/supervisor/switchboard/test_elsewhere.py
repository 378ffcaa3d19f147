"""A second bank beside the HAT: a telephone in another process, with a clock of its own, calls and is called.

In lockstep, the whole box: what each ear hears is the same from run to run, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from board.virtual.farcall import Behaviour
from drivers.signals import tones
from drivers.signals.tonespec import parse
from tests.drivers.remote.elsewhere import Elsewhere
from tests.supervisor.office import Office

RATE = 8000
Heard = tuple[bytes, bytes]  # by the telephone elsewhere, by whom it talks with


def level_at(sound: np.ndarray, hz: float) -> float:
    """The level of one tone in a sound, dBm0."""
    turned = sound * np.exp(-2j * np.pi * hz / RATE * np.arange(sound.size))
    return float(20 * np.log10(abs(turned.mean()) * 2 / 32768 + 1e-9) + 6.15)


def played(folder: Path, body: Callable[[Office], bytes], *options: str) -> tuple[Heard, list[dict[str, Any]]]:
    """What was heard, and the log, of a box that knows a telephone elsewhere as web1, extension 31."""
    folder.mkdir()
    with Elsewhere(folder, "--says", "1000", *options) as phone:
        office = Office(folder / "office", **{"link.elsewhere": f"web={phone.path}", "handsets.web1.extension": "31"})
        try:
            here = body(office)
            office.stage.stop()
            rows = office.rows("calls")
        finally:
            office.stage.close()
    return (phone.heard.tobytes(), here), rows


def tone(hz: str, seconds: float) -> np.ndarray:
    return tones.ToneSource(parse(hz)).read(round(seconds * RATE))


def handset_calls(office: Office) -> bytes:
    handset = office.board.handsets["C"]
    handset.lift()
    office.run(1.0)
    handset.dial("31")
    office.run(5.0)
    handset.party.say(tone("600", 6.0))
    office.run(7.0)
    heard = handset.party.heard.tobytes()
    handset.put_down()
    office.run(3.0)
    return heard


def calls_outside(office: Office) -> bytes:
    office.board.exchange.subscribers["+15145550123"] = Behaviour(answer_after_s=2.0)
    office.run(16.0)
    (call,) = office.board.exchange.calls
    assert (call.state, call.number) == ("connected", "5145550123")
    call.party.say(tone("600", 8.0))
    office.run(6.0)
    return call.party.heard.tobytes()


@pytest.mark.parametrize(
    ("body", "options", "logged"),
    [
        (
            handset_calls,
            ("--lifts-after", "1"),
            {"direction": "internal", "port": "C", "outcome": "connected", "hung_up_by": "handset"},
        ),
        (
            calls_outside,
            ("--lifts-at", "0.5", "--types", "95145550123", "--ppm", "100"),
            {"direction": "out", "port": "web1", "line": "A", "number_e164": "+15145550123"},
        ),
    ],
    ids=["a handset calls it", "it calls outside"],
)
def test_two_banks_talk_through_the_box_the_same_each_time(
    tmp_path: Path, body: Callable[[Office], bytes], options: tuple[str, ...], logged: dict[str, str]
) -> None:
    first, rows = played(tmp_path / "first", body, *options)
    again, _ = played(tmp_path / "again", body, *options)
    assert first == again
    (row,) = rows
    assert {key: row[key] for key in logged} == logged
    elsewhere, here = (np.frombuffer(sound, np.int16) for sound in first)
    assert level_at(elsewhere[-5 * RATE : -4 * RATE], 600) > -30.0
    assert level_at(elsewhere[-5 * RATE : -4 * RATE], 1000) < -40.0, "it does not hear itself"
    assert level_at(here[-2 * RATE : -RATE], 1000) > -30.0


def test_a_gateway_that_is_killed_ends_its_call_and_no_other(tmp_path: Path) -> None:
    with Elsewhere(tmp_path, "--lifts-after", "1") as phone:
        office = Office(tmp_path / "office", **{"link.elsewhere": f"web={phone.path}", "handsets.web1.extension": "31"})
        try:
            office.board.handsets["C"].lift()
            office.run(1.0)
            office.board.handsets["C"].dial("31")
            office.run(5.0)
            assert office.ask("status.get")["result"]["calls"][0]["stage"] == "talking"
            phone.kill()
            office.run(2.0)
            (row,) = office.rows("calls")
            assert (row["outcome"], row["hung_up_by"]) == ("interrupted", "link")
            told = {one["name"]: one["state"] for one in office.ask("status.get")["result"]["handsets"]}
            assert told == {"C": "in use", "D": "idle", "web1": "fault"}
            office.board.handsets["C"].put_down()
            office.run(3.0)
            office.board.handsets["C"].lift()
            office.run(1.0)
            office.board.handsets["C"].dial("31")
            office.run(6.0)
            assert office.rows("calls")[1]["outcome"] == "busy"
        finally:
            office.stage.close()
