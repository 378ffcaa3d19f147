"""An emergency call is seen by somebody; a drill of one does the same, but for the line."""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from board.virtual.caller_display import CallerDisplay
from firmware.supervisor.hat.setup import EMERGENCY_MS
from tests.supervisor.office import Office

LIMIT_S = 60.0


class Watched(Office):
    """An office with a display at D and somebody who listens to the box's events."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__(folder, **settings)
        self.display: CallerDisplay = self.board.handsets["D"].display_callers(self.board.country)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.connect(str(self.stage.home / "run" / "control.sock"))
        request = {"id": 1, "do": "events.subscribe", "as": {"name": "t", "role": "admin", "via": "t"}, "args": {}}
        self._listener.sendall(json.dumps(request).encode() + b"\n")
        self._listener.setblocking(False)
        self._told = b""
        self.run(0.2)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            self.stage.tick()
            self._listen()

    def until(self, condition: Callable[[], bool], seconds: float = LIMIT_S) -> float:
        """Seconds of the sample clock until ``condition`` holds."""
        for block in range(round(seconds * 50)):
            if condition():
                return block / 50
            self.run(0.02)
        raise AssertionError(f"not within {seconds} s")

    def _listen(self) -> None:
        if hasattr(self, "_listener"):
            try:
                self._told += self._listener.recv(1 << 20)
            except BlockingIOError:
                return

    def told(self, *names: str) -> list[tuple[str, dict[str, Any]]]:
        """Events so far with one of these names, in order."""
        lines = [json.loads(line) for line in self._told.split(b"\n")[:-1]]
        return [(line["event"], line["data"]) for line in lines if line.get("event") in names]

    def close(self) -> None:
        self._listener.close()
        self.stage.close()

    def rings(self, name: str) -> bool:
        return bool(self.board.handsets[name].ringing)

    def call_for_help(self) -> None:
        """Somebody lifts C and dials 911."""
        self.board.handsets["C"].lift()
        self.run(1.0)
        self.board.handsets["C"].dial("911")

    def timeline(self, call: int = 1) -> list[tuple[str, dict[str, Any], str]]:
        return [
            (row["kind"], json.loads(row["detail"]), row["why"])
            for row in self.rows("call_events")
            if row["call"] == call
        ]

    def audit(self) -> list[tuple[str, str, str]]:
        """What is kept of who did what to a call."""
        rows = [(row["who"], row["action"], row["target"]) for row in self.rows("audit")]
        return [row for row in rows if row[2].startswith("call:")]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    yield made
    made.close()


@pytest.fixture
def one_line(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path, **{"lines.B.enabled": False})
    yield made
    made.close()


def from_the_page(office: Watched, do: str, **args: Any) -> dict[str, Any]:
    """Handset C rings for a call placed on the page and is lifted; all that anybody was told until D is rung twice."""
    assert office.ask(do, handset="C", **args)["ok"]
    office.until(lambda: office.rings("C"))
    office.board.handsets["C"].lift()
    office.until(lambda: len(office.display.shown) > 0)
    office.until(lambda: "emergency call" in [action for _, action, _ in office.audit()])
    office.until(lambda: "alarm" in [kind for kind, _, _ in office.timeline()])
    return {
        "timeline": office.timeline(),
        "audit": office.audit(),
        "events": [(name, data.get("id"), data.get("seen")) for name, data in office.told("emergency")],
        "handset D": [data["state"] for _, data in office.told("handset") if data["name"] == "D"],
        "shown": [(shown.number, shown.name) for shown in office.display.shown],
        "call": {key: office.rows("calls")[0][key] for key in ("emergency", "number_raw", "port", "line", "seen_ms")},
    }


def test_a_drill_differs_from_a_call_for_help_by_the_line_alone(tmp_path: Path) -> None:
    (tmp_path / "call").mkdir()
    (tmp_path / "drill").mkdir()
    office = Watched(tmp_path / "call")
    call = from_the_page(office, "calls.dial", number="911")
    assert office.board.lines["A"].loop.now.closed
    office.close()
    office = Watched(tmp_path / "drill")
    drill = from_the_page(office, "emergency.drill")
    office.until(lambda: "end" in [kind for kind, _, _ in office.timeline()])
    later = [kind for kind, _, _ in office.timeline()]
    assert office.board.exchange.circuits["A"].state == office.board.exchange.circuits["B"].state == "idle"
    assert office.rows("calls")[0]["drill"] == 1
    office.close()

    calls, drills = call.pop("timeline"), drill.pop("timeline")
    alarm = [kind for kind, _, _ in calls].index("alarm")
    assert [kind for kind, _, _ in calls[: alarm + 1]] == ["dialled", "seized", "alarm"]
    assert drills[: alarm + 1] == [
        calls[0],
        ("drilled", calls[1][1], "drill takes no line"),
        calls[2],
    ]
    assert later == ["dialled", "drilled", "alarm", "prompt", "end"]
    asked, done = drill.pop("audit"), call.pop("audit")
    who_asked = (asked[0], done[0])
    assert who_asked == (("test", "emergency drill", "call:1"), ("test", "dial", "call:1"))
    assert asked[1:] == done[1:] == [("handset:C", "emergency call", "call:1")]
    assert drill.pop("shown") == [("21", "Drill Handset C")]
    assert call.pop("shown") == [("21", "911 Handset C")]
    assert drill == call


def test_the_others_ring_with_a_cadence_of_their_own(office: Watched) -> None:
    office.call_for_help()
    loop = office.board.lines["D"].loop
    edges: list[tuple[int, bool]] = []

    def hear(_: Any) -> None:
        edges.extend((change.sample, change.ring_on) for change in loop.changes)

    office.board.on_tick(hear)
    office.run(12.0)
    turns = [at for (at, on), (_, before) in zip(edges, [(0, False), *edges], strict=False) if on != before]
    lengths = [round((after - at) / 8, -1) for at, after in itertools.pairwise(turns)]
    assert lengths[:6] == list(EMERGENCY_MS)
    assert lengths[6:12] == list(EMERGENCY_MS)
    assert tuple(EMERGENCY_MS) != office.board.country.ring.cadence_ms


def test_who_acknowledges_on_a_page_ends_the_ringing_and_is_in_the_audit_log(office: Watched) -> None:
    office.call_for_help()
    office.until(lambda: office.rings("D"))
    assert office.rows("calls")[0]["seen_ms"] is None
    assert office.ask("emergency.acknowledge", id=1)["ok"]
    office.run(1.0)
    assert not office.rings("D")
    office.run(6.0)
    assert not office.rings("D")
    assert office.ask("emergency.acknowledge", id=1)["ok"]  # a second page says it too: nothing more happens
    assert office.rows("calls")[0]["seen_by"] == "test"
    acts = [("handset:C", "emergency call", "call:1"), ("test", "acknowledge emergency", "call:1")]
    office.until(lambda: office.audit() == acts)
    assert [data for _, data in office.told("emergency")] == [{"id": 1, "seen": False}, {"id": 1, "seen": True}]


def test_no_other_call_can_be_acknowledged(office: Watched) -> None:
    assert office.ask("emergency.acknowledge", id=7)["error"]["code"] == "not_found"


def test_a_handset_in_use_rings_when_it_is_put_down(office: Watched) -> None:
    office.board.handsets["D"].lift()
    office.run(1.0)
    office.call_for_help()
    office.run(4.0)
    assert not office.rings("D")
    office.board.handsets["D"].put_down()
    office.until(lambda: office.rings("D"), 3.0)


def test_an_emergency_call_that_finds_no_line_is_told_too(office: Watched) -> None:
    for line in office.board.lines["A"], office.board.lines["B"]:
        line.loop.cut(office.board.now, True)
    office.run(3.0)
    office.call_for_help()
    office.until(lambda: office.rings("D"), 5.0)
    office.until(lambda: office.audit() == [("handset:C", "emergency call", "call:1")])
    assert office.rows("calls")[0]["outcome"] == "failed"


def test_who_is_told_may_call_for_help_at_once(office: Watched) -> None:
    office.call_for_help()
    office.until(lambda: office.rings("D"))
    office.board.handsets["D"].lift()
    office.run(1.0)
    office.board.handsets["D"].dial("911")
    office.until(lambda: len(office.rows("calls")) == 2, 5.0)
    office.until(lambda: office.board.exchange.circuits["B"].state in ("alerting", "talking"), 5.0)


def test_help_is_called_from_the_handset_of_a_drill(office: Watched) -> None:
    assert office.ask("emergency.drill", handset="C")["ok"]
    office.until(lambda: office.rings("C"))
    office.board.handsets["C"].lift()
    office.run(1.5)  # into "This is an emergency drill"
    office.board.handsets["C"].dial("911")
    office.until(lambda: office.board.exchange.circuits["A"].state in ("alerting", "talking"), 6.0)
    assert [row["drill"] for row in office.rows("calls")] == [1, 0]


def test_a_drill_takes_no_line_from_anybody(one_line: Watched) -> None:
    caller = one_line.board.exchange.call("A", "5145550188")
    one_line.until(lambda: caller.state == "connected")
    assert one_line.ask("emergency.drill", handset="C")["ok"]
    one_line.until(lambda: one_line.rings("C"))
    one_line.board.handsets["C"].lift()
    one_line.until(lambda: one_line.rings("D"), 5.0)
    assert caller.state == "connected"
    assert one_line.ask("emergency.drill", handset="D")["error"]["code"] == "conflict"


def test_a_drill_that_nobody_lifts_for_is_nothing_to_see(office: Watched) -> None:
    assert office.ask("emergency.drill", handset="C")["ok"]
    office.until(lambda: office.rows("calls")[0]["outcome"] == "cancelled")
    office.until(lambda: office.rows("calls")[0]["seen_by"] == "box")
    assert not office.rings("D")
    assert office.told("emergency") == []
