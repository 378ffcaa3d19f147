"""Calls on the whole box where a scenario cannot look: a handset's display, what the page asks, times to the second."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from board.virtual.farcall import Behaviour
from drivers.signals.callerid.receiver import CallerIdReceiver
from firmware.supervisor.settings.in_force import DATABASE_NAME
from firmware.supervisor.store import recordings
from tests.supervisor.office import Office
from tools.scenario.voices import speak


def test_a_handset_shows_which_colleague_calls(office: Office) -> None:
    office.board.handsets["C"].lift()
    office.run(1.0)
    office.board.handsets["C"].dial("22")
    office.run(8.0)
    shown = CallerIdReceiver(("bell202",)).feed(np.asarray(office.board.handsets["D"].display.heard))
    assert [(one.number, one.name) for one in shown] == [("21", "Handset C")]
    office.board.handsets["D"].lift()
    office.run(1.0)
    assert not office.board.handsets["D"].ringing


@pytest.mark.parametrize("number", ["95145550123", "+15145550123"])
def test_the_page_rings_a_handset_and_dials_when_it_is_lifted(office: Office, number: str) -> None:
    office.board.exchange.subscribers["+15145550123"] = Behaviour(answer_after_s=2.0)
    placed = office.ask("calls.dial", handset="C", number=number)
    assert placed["ok"], placed
    office.run(1.0)
    assert office.board.handsets["C"].ringing
    office.board.handsets["C"].lift()
    office.run(14.0)
    assert [call.state for call in office.board.exchange.calls] == ["connected"]
    office.board.handsets["C"].put_down()
    office.run(3.0)
    (row,) = office.rows("calls")
    assert (row["placed"], row["number_e164"], row["port"]) == ("page", "+15145550123", "C")
    assert row["outcome"] == "connected"


@pytest.mark.parametrize("number", ["+911", "911", "9911", "#31#911", "9*67911"])
def test_an_emergency_number_on_a_page_is_an_emergency_call(office: Office, number: str) -> None:
    assert office.ask("calls.dial", handset="C", number=number)["ok"]
    office.run(1.0)
    office.board.handsets["C"].lift()
    office.run(10.0)
    assert [(call.number, call.emergency) for call in office.board.exchange.calls] == [("911", True)]
    (row,) = office.rows("calls")
    assert (row["emergency"], row["number_raw"], row["number_e164"]) == (1, "911", None)


@pytest.mark.parametrize(
    ("number", "why"),
    [("9*674185550123", "*67 can only be dialled on a handset"), ("9#21#", "9#21# is not a code that may be dialled")],
)
def test_codes_are_no_business_of_the_pages(office: Office, number: str, why: str) -> None:
    answer = office.ask("calls.dial", handset="C", number=number)
    assert answer["error"] == {"code": "conflict", "message": why}
    assert not office.board.handsets["C"].ringing


def test_a_message_is_called_back_once_its_caller_has_been_dialled(office: Office) -> None:
    paul = office.board.exchange.call("A", "+15145550123", "Paul Roy")
    office.run(16.5)
    paul.party.say(speak("man", "This is Paul Roy. Please call me back about the contract for the house.", -19.0))
    office.run(5.5)
    paul.hang_up()
    office.run(2.0)
    (message,) = office.rows("messages")
    asked = {"handset": "C", "number": "+15145550123", "message": message["id"]}
    assert office.ask("calls.dial", **asked)["ok"]
    office.run(35.0)  # nobody lifts the handset
    assert office.rows("messages")[0]["called_back_ms"] is None
    assert office.ask("calls.dial", **asked)["ok"]
    office.run(1.0)
    office.board.handsets["C"].lift()
    office.run(8.0)
    assert office.rows("messages")[0]["called_back_ms"] is not None


def test_a_handset_nobody_lifts_stops_ringing_and_the_log_says_so(office: Office) -> None:
    office.ask("calls.dial", handset="C", number="95145550123")
    office.run(35.0)
    assert not office.board.handsets["C"].ringing
    (row,) = office.rows("calls")
    assert (row["outcome"], row["why"]) == ("cancelled", "nobody lifted the handset")
    office.board.handsets["C"].lift()
    office.run(1.0)
    assert office.board.handsets["C"].party.heard[-4000:].std() > 100, "dial tone is heard again"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"handset": "X", "number": "95145550123"}, "handset"),
        ({"handset": "C", "number": "*99"}, "not a code that may be dialled"),
        ({"handset": "C", "number": "22"}, "no number"),
        ({"handset": "C", "number": "+12"}, "no number"),
    ],
)
def test_what_cannot_be_dialled_is_refused_with_a_sentence(office: Office, args: dict[str, str], words: str) -> None:
    answer = office.ask("calls.dial", **args)
    assert not answer["ok"]
    assert words in answer["error"]["message"]
    assert office.rows("calls") == []


def test_who_calls_is_known_while_it_still_rings(office: Office) -> None:
    office.board.exchange.call("A", "+15145550123", "Paul Roy")
    office.run(5.0)  # one ring and the caller ID after it
    (live,) = office.ask("status.get")["result"]["calls"]
    assert (live["stage"], live["number_e164"]) == ("ringing", "+15145550123")
    assert office.rows("calls")[0]["name"] == "Paul Roy"
    office.run(10.0)
    heard = [row["at_s"] for row in office.rows("call_events") if row["kind"] == "caller id"]
    assert len(heard) == 1
    assert 2.0 < heard[0] < 5.0


def test_calls_while_the_disk_is_full_are_in_the_log_once_it_has_room(office: Office) -> None:
    """No file of the supervisor's may grow: what a full disk does to a write, in the middle of a call's row."""
    pid = office.stage.supervisor_pid
    assert pid is not None
    before = office.board.exchange.call("A", "5145550188")
    office.run(2.5)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    during = office.board.exchange.call("B", "5145550199")
    office.run(3.5)
    for call in (before, during):
        call.hang_up()
    office.run(12.0)
    checks = {check["name"]: check for check in office.ask("health.get")["result"]["checks"]}
    assert checks["Call log"]["state"] == "fault"
    assert "Free space" in checks["Call log"]["remedy"]
    assert [row["outcome"] for row in office.rows("calls")] == ["going on"]
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    rows: list[dict[str, Any]] = []
    for _ in range(500):  # of two questions or more each: the store tries again after a second
        office.ask("status.get")
        rows = office.rows("calls")
        if [row["outcome"] for row in rows] == ["missed", "missed"]:
            break
    assert [(row["line"], row["outcome"], row["why"]) for row in rows] == [
        ("A", "missed", "rang off"),
        ("B", "missed", "rang off"),
    ]
    kinds = {(row["call"], row["kind"]) for row in office.rows("call_events")}
    assert {(1, "end"), (2, "ring"), (2, "end")} <= kinds


def test_a_caller_whose_message_cannot_be_saved_is_told_so(office: Office) -> None:
    pid = office.stage.supervisor_pid
    assert pid is not None
    call = office.board.exchange.call("A", "5145550188")
    office.run(12.0)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    office.run(4.5)
    call.party.say(speak("man", "This is Paul Roy. Please call me back about the contract for the house.", -19.0))
    office.run(5.5)
    call.party.press("#")
    office.run(25.0)
    assert call.state == "cleared"
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    for _ in range(500):
        office.ask("status.get")
        if office.rows("calls")[0]["outcome"] != "going on":
            break
    (row,) = office.rows("calls")
    assert (row["outcome"], row["why"], row["hung_up_by"]) == ("no message", "message not saved", "box")
    said = [json.loads(event["detail"])["id"] for event in office.rows("call_events") if event["kind"] == "prompt"]
    assert "caller.message.not_saved" in said and "caller.message.saved" not in said
    assert office.rows("messages") == []


SENTENCE = "This is Paul Roy. Please call me back about the contract for the house."


@pytest.mark.parametrize(("spoken_s", "kept"), [(0.0, False), (4.0, True)])
def test_a_disk_that_fills_up_while_a_caller_speaks_saves_no_message_that_is_not_there(
    office: Office, spoken_s: float, kept: bool
) -> None:
    """Room again by the end: the file closes well, but holds the beginning only, or nothing."""
    pid = office.stage.supervisor_pid
    assert pid is not None
    call = office.board.exchange.call("A", "5145550188")
    folder = office.stage.home / "recordings"
    while not list(folder.rglob("*.part")):
        office.run(0.02)
        assert office.stage.now_s < 60
    call.party.say(np.concatenate([speak("man", SENTENCE, -19.0)] * 2))
    office.run(spoken_s)
    (part,) = folder.rglob("*.part")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (part.stat().st_size, resource.RLIM_INFINITY))
    office.run(9.0 - spoken_s)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    call.party.press("#")
    office.run(25.0)
    assert call.state == "cleared"
    for _ in range(5000):
        office.ask("status.get")
        if office.rows("calls")[0]["outcome"] != "going on":
            break
    said = [json.loads(event["detail"])["id"] for event in office.rows("call_events") if event["kind"] == "prompt"]
    assert "caller.message.not_saved" in said and "caller.message.saved" not in said
    (row,) = office.rows("calls")
    if not kept:
        assert (row["outcome"], office.rows("messages")) == ("no message", [])
        return
    assert (row["outcome"], row["why"]) == ("message", "message cut")
    ((message,), (recording,)) = office.rows("messages"), office.rows("recordings")
    assert message["interrupted"] and 2.0 < recording["samples"] / 8000 <= spoken_s + 0.1


@pytest.mark.parametrize("machine", [False, True], ids=["a person", "a fax machine"])
def test_callers_cannot_fill_the_disk(folder: Path, machine: bool) -> None:
    """Above the quota nothing is recorded or received, and a caller hears it before speaking for nothing."""
    office = Office(folder, **{"recording.quota_mb": 1})
    try:
        connection = sqlite3.connect(office.stage.home / DATABASE_NAME)
        with connection:
            full = recordings.begin(connection, call=None, kind="message", path="x.wav", law="mu", started_ms=0)
            recordings.finish(connection, full, 2**20)
        connection.close()
        call = office.board.exchange.call("A", "5145550188")
        if machine:  # the calling tone of T.30: 1100 Hz, 0.5 s in 3.5 s
            tone = (8000 * np.sin(2 * np.pi * 1100 / 8000 * np.arange(4000))).astype(np.int16)
            call.party.say(np.concatenate([np.append(tone, np.zeros(24_000, np.int16))] * 10))
        office.run(40.0)
        assert call.state == "cleared"
        (row,) = office.rows("calls")
        assert (row["outcome"], row["why"]) == (
            "fax" if machine else "no message",
            "quota full",
        )
        said = [json.loads(event["detail"])["id"] for event in office.rows("call_events") if event["kind"] == "prompt"]
        assert "caller.message.after_tone" not in said
        assert machine or said[-2:] == ["caller.message.not_saved", "caller.goodbye"]
        assert len(office.rows("recordings")) == 1 and office.rows("faxes") == []
        assert list(office.stage.home.rglob("*.tif")) == []
    finally:
        office.stage.close()


def test_the_page_hangs_up_a_live_call(office: Office) -> None:
    call = office.board.exchange.call("A", "+15145550123", "Paul Roy")
    office.run(14.0)
    (live,) = office.ask("status.get")["result"]["calls"]
    assert (live["number_e164"], live["stage"]) == ("+15145550123", "greeting")
    assert office.ask("calls.hang_up", id=live["id"])["ok"]
    office.run(1.0)
    assert call.state == "cleared"
    (row,) = office.rows("calls")
    assert row["why"] == "hung up on the page"


def test_the_page_hangs_up_a_call_between_handsets(office: Office) -> None:
    """Who sits at them hears that it is over: neither is left in silence."""
    anna, marie = office.board.handsets["C"], office.board.handsets["D"]
    anna.lift()
    office.run(1.0)
    anna.dial("22")
    office.run(4.0)
    marie.lift()
    office.run(1.0)
    (live,) = office.ask("status.get")["result"]["calls"]
    assert office.ask("calls.hang_up", id=live["id"])["ok"]
    office.run(2.0)
    (row,) = office.rows("calls")
    assert (row["outcome"], row["hung_up_by"], row["why"]) == ("connected", "box", "hung up on the page")
    assert [person.party.heard[-8000:].std() > 100 for person in (anna, marie)] == [True, True], "reorder tone"


def test_the_page_gives_up_a_call_whose_handset_still_rings(office: Office) -> None:
    placed = office.ask("calls.dial", handset="C", number="+15145550123")["result"]["id"]
    office.run(1.0)
    assert office.board.handsets["C"].ringing
    assert office.ask("calls.hang_up", id=placed)["ok"]
    office.run(1.0)
    assert not office.board.handsets["C"].ringing
    (row,) = office.rows("calls")
    assert (row["outcome"], row["hung_up_by"], row["why"]) == ("cancelled", "box", "hung up on the page")
    answer = office.ask("calls.hang_up", id=placed)
    assert answer["error"]["code"] == "conflict"


def test_talk_is_billed_from_answer_to_hanging_up_whatever_it_takes_to_notice(office: Office) -> None:
    """On hook is told only after the flash window; the log has the moment it happened."""
    call = office.board.exchange.call("A", "+15145550123", "Paul Roy")
    office.run(3.5)
    office.board.handsets["C"].lift()
    office.run(0.5)
    assert call.state == "connected"
    office.run(30.0)
    office.board.handsets["C"].put_down()
    office.run(4.0)
    (row,) = office.rows("calls")
    assert row["outcome"] == "connected"
    assert row["talk_s"] == pytest.approx(30.4, abs=0.3)
    assert row["billable_s"] == 31


def test_health_names_what_is_wrong_and_what_to_do(office: Office) -> None:
    checks = {check["name"]: check for check in office.ask("health.get")["result"]["checks"]}
    assert checks["HAT"]["state"] == "ok"
    assert checks["Line A"]["state"] == "ok"
    office.board.lines["A"].loop.set_fed(office.board.now, False)
    office.run(3.0)
    checks = {check["name"]: check for check in office.ask("health.get")["result"]["checks"]}
    assert checks["Line A"]["state"] == "fault"
    assert checks["Line A"]["remedy"]
    assert checks["Line B"]["state"] == "ok"


def test_a_second_supervisor_on_the_same_home_is_refused_before_it_touches_anything(office: Office) -> None:
    office.board.exchange.call("A", "+15145550123", "Paul Roy")
    office.run(14.0)
    command = [sys.executable, "-m", "firmware.supervisor", "--home", str(office.stage.home), "--device", "/dev/null"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 2
    assert "another supervisor" in second.stderr
    office.run(0.5)
    (row,) = office.rows("calls")
    assert row["outcome"] == "going on"


@pytest.mark.parametrize("ringing", ["a line", "a handset"])
def test_a_hat_that_restarts_while_it_rings_is_in_service_again_at_once(office: Office, ringing: str) -> None:
    """A call that only rings has no leg: it must not hold up the way back into service."""
    if ringing == "a line":
        office.board.exchange.call("A", "+15145550123", "Paul Roy").party.hush()
        office.run(3.5)
    else:
        office.ask("calls.dial", handset="C", number="95145550123")
        office.run(1.0)
    office.board.fault("stop")
    office.run(1.0)
    office.board.fault("start")
    office.run(3.0)
    status = office.ask("status.get")["result"]
    assert status["in_service"]
    assert office.rows("calls")[0]["outcome"] == "interrupted"
