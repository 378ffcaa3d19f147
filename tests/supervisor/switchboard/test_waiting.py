"""A second caller in mid-call, and keys in a message, on the whole box."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from board.virtual.farcall import Behaviour
from board.virtual.voices import from_text
from drivers.signals import g711, levels, tones
from drivers.signals.dtmf.receiver import DtmfReceiver
from drivers.signals.tonespec import parse
from firmware.supervisor.recordings import wavefile
from tests.supervisor.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    made.board.exchange.set_call_waiting(True)
    yield made
    made.stage.close()


def talk(hz: float, seconds: float = 20.0) -> Any:
    return tones.ToneSource(parse(f"{hz:g}@-15")).read(round(seconds * 8000))


def loud(party: Any, hz: float, seconds: float = 0.5) -> bool:
    heard = np.asarray(party.heard[-round(seconds * 8000) :], np.float64)
    at = np.arange(heard.size)
    return bool(2 * abs(np.dot(heard, np.exp(-2j * np.pi * hz / 8000 * at))) / heard.size > levels.amplitude(-40.0))


def talking(office: Office) -> tuple[Any, Any]:
    """Paul has called, and Anna has lifted her handset: the call and the handset."""
    paul = office.board.exchange.call("A", "+15145550188", "Paul Roy")
    office.run(3.5)
    anna = office.board.handsets["C"]
    anna.lift()
    office.run(1.0)
    return paul, anna


SENT = {"form": "MDMF", "scheme": "bell202"}  # how the exchange tells, by the reason of the entry


def waiting(office: Office) -> list[dict[str, Any]]:
    rows = [row for row in office.rows("call_events") if row["kind"] == "call waiting"]
    return [json.loads(row["detail"]) for row in rows]


def shown_live(office: Office) -> list[Any]:
    """Who waits, of each live call, as the page asks for it."""
    return [call["waiting"] for call in office.ask("status.get")["result"]["calls"]]


def test_the_log_has_who_waits_and_the_talk_goes_on(office: Office) -> None:
    paul, anna = talking(office)
    assert paul.state == "connected"
    second = office.board.exchange.call("A", "+15145550199", "Anna Lee")
    office.run(3.0)
    assert second.state == "ringing"
    assert waiting(office) == [{"number": "+15145550199", "name": "Anna Lee", "reason": None, **SENT}]
    assert shown_live(office) == [{"number": "+15145550199", "name": "Anna Lee", "reason": None}]
    heard = np.asarray(anna.party.heard[-24000:])
    frames = heard[: heard.size // 160 * 160].reshape(-1, 160)
    sounding = np.array([levels.dbm0(frame) > -40.0 for frame in frames]).sum() * 0.02
    assert sounding < 0.6, "tone and signal are heard, the data is not"
    paul.party.say(talk(700))
    anna.party.say(talk(1500))
    office.run(1.0)
    assert loud(anna.party, 700)
    assert loud(paul.party, 1500)
    anna.put_down()
    office.run(2.0)
    assert office.rows("calls")[0]["outcome"] == "connected"


def test_a_flash_of_the_handset_takes_the_one_who_waits_and_the_next_swaps_back(office: Office) -> None:
    paul, anna = talking(office)
    anna.flash()
    office.run(1.5)
    assert paul.state == "connected", "before somebody waits the line does not hear of a flash"
    second = office.board.exchange.call("A", "+15145550199", "Anna Lee")
    office.run(3.0)
    for party, other in ((second, paul), (paul, second)):
        anna.flash()
        office.run(2.0)
        assert (paul.state, second.state) == ("connected", "connected")
        party.party.say(talk(700, 1.0))
        other.party.say(talk(1500, 1.0))
        office.run(0.8)
        assert loud(anna.party, 700)
        assert not loud(anna.party, 1500)
        office.run(0.5)
    assert shown_live(office) == [None]


def test_after_a_while_nobody_is_said_to_wait(office: Office) -> None:
    """The exchange does not tell when a waiting caller gives up."""
    talking(office)
    second = office.board.exchange.call("A", "+15145550199", "Anna Lee")
    office.run(3.0)
    second.hang_up()
    assert shown_live(office) != [None]
    office.run(30.0)
    assert shown_live(office) == [None]


def test_it_is_so_on_a_call_that_was_placed_here(office: Office) -> None:
    office.board.exchange.subscribers["+15145550123"] = Behaviour(answer_after_s=1.0)
    handset = office.board.handsets["C"]
    handset.lift()
    office.run(1.0)
    handset.dial("95145550123")
    office.run(14.0)
    assert [call.state for call in office.board.exchange.calls] == ["connected"]
    office.board.exchange.call("A", "+15145550199", "Anna Lee")
    office.run(3.0)
    assert [one["number"] for one in waiting(office)] == ["+15145550199"]


def test_hanging_up_while_the_message_comes_ends_the_call(office: Office) -> None:
    _, handset = talking(office)
    office.board.exchange.call("A", "+15145550199", "Anna Lee")
    office.run(0.6)
    handset.put_down()
    office.run(2.0)
    assert office.rows("calls")[0]["outcome"] == "connected"


def recorded(office: Office) -> Any:
    (path,) = (office.stage.home / "recordings").rglob("*.wav")
    content = path.read_bytes()
    header = wavefile.read(content)
    assert header is not None
    return g711.decode(content[wavefile.SIZE : wavefile.SIZE + header[1]], "mu")


@pytest.mark.parametrize("last", ["", "#"])
def test_a_key_in_a_message_is_not_heard_in_the_recording(office: Office, last: str) -> None:
    paul = office.board.exchange.call("A", "+15145550188", "Paul Roy")
    for _ in range(100):
        office.run(0.5)
        if office.rows("recordings"):
            break
    words = from_text("This is Paul Roy, about the contract that you sent us on Monday, please call me back.")
    key = tones.dtmf("5", 120, 0, -10.0).read(960)
    half = words.size // 2
    end = tones.dtmf(last, 120, 0, -10.0).read(960) if last else np.zeros(0, np.int16)
    paul.party.say(np.concatenate([words[:half], key, words[half:], np.zeros(2000, np.int16), end]))
    office.run(words.size / 8000 + 1.0)
    if not last:
        paul.hang_up()
    office.run(12.0)
    paul.hang_up()
    office.run(2.0)
    message = recorded(office)
    assert message.size > words.size, "the words are all there"
    assert DtmfReceiver().feed(message) == []


def test_a_signal_nobody_follows_up_costs_little_more_than_a_second(office: Office) -> None:
    """As when music holds the two tones: the log says so, and both hear each other again."""
    paul, anna = talking(office)
    signal = tones.ToneSource(parse("!2130+2750@-15/80")).read(640)
    paul.party.say(np.concatenate([signal, np.zeros(800, np.int16), talk(700)]))
    office.run(2.2)
    assert loud(anna.party, 700)
    assert waiting(office) == [{"number": None, "name": None, "reason": None}]
    assert [row["why"] for row in office.rows("call_events") if row["kind"] == "call waiting"] == [
        "waiting caller not told"
    ]


def test_an_emergency_call_is_never_interrupted(office: Office) -> None:
    handset = office.board.handsets["C"]
    handset.lift()
    office.run(1.0)
    handset.dial("911")
    office.run(10.0)
    (call,) = office.board.exchange.calls
    assert call.state == "connected"
    call.party.hush()
    signal = tones.ToneSource(parse("!2130+2750@-15/80")).read(640)
    call.party.say(np.concatenate([signal, talk(700, 2.0)]))
    office.run(0.5)
    assert loud(handset.party, 700, 0.3)
    assert waiting(office) == []


def test_a_handset_with_a_display_shows_who_waits(office: Office) -> None:
    paul, anna = talking(office)
    shows = anna.display_callers(office.board.country)
    office.board.exchange.call("A", "+15145550199", "Anna Lee")
    office.run(3.5)
    assert [(one.number, one.name, one.date) for one in shows.in_talk] == [("5145550199", "Anna Lee", "03-02 10:00")]
    assert waiting(office) == [{"number": "+15145550199", "name": "Anna Lee", "reason": None, "display": "C", **SENT}]
    heard = np.asarray(anna.party.heard[-28000:])
    frames = heard[: heard.size // 160 * 160].reshape(-1, 160)
    assert np.array([levels.dbm0(frame) > -40.0 for frame in frames]).sum() * 0.02 < 0.8, "the data is not heard"
    paul.party.say(talk(700))
    anna.party.say(talk(1500))
    office.run(1.0)
    assert loud(anna.party, 700)
    assert loud(paul.party, 1500)
    anna.put_down()
    office.run(2.0)
    (call,) = office.rows("calls")
    assert (call["outcome"], call["hung_up_by"]) == ("connected", "handset")


def test_in_britain_the_display_is_sent_v23(tmp_path: Path) -> None:
    office = Office(tmp_path, **{"box.country": "GB"})
    try:
        office.board.exchange.set_call_waiting(True)
        office.board.exchange.call("A", "+442079460188", "Paul Roy")
        office.run(3.5)
        anna = office.board.handsets["D"]
        shows = anna.display_callers(office.board.country)
        anna.lift()
        office.run(1.0)
        office.board.exchange.call("A", "+442079460199", "Anna Lee")
        office.run(3.5)
        assert [(one.scheme, one.number, one.name) for one in shows.in_talk] == [("v23", "02079460199", "Anna Lee")]
    finally:
        office.stage.close()


def test_a_display_that_falls_silent_costs_half_a_second(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answered the exchange; then nothing comes from it any more, as when the person holds the mute key."""
    paul, anna = talking(office)
    shows = anna.display_callers(office.board.country)
    office.board.exchange.call("A", "+15145550199", "Anna Lee")
    office.run(1.0)
    monkeypatch.setattr(shows, "answers", lambda: None)
    office.run(1.5)
    paul.party.say(talk(700))
    office.run(0.7)
    assert loud(anna.party, 700)
    assert waiting(office) == [{"number": "+15145550199", "name": "Anna Lee", "reason": None, **SENT}]
    assert shows.in_talk == []
