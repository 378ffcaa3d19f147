"""How fast the whole box runs in lockstep: a three-minute call with both lines busy, both processes, on this machine.

Two callers leave the longest messages at once (echo canceller, voice, tones and keys heard on both lines, both
recorded), or two handsets talk over two lines (bridged on the HAT, the box listening). No peer runs a line this
way. Needs nothing but the project; takes as long as it measures.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from board.virtual.farcall import CONNECTED, Behaviour, Call
from board.virtual.party import Party
from tools.scenario.stage import Stage
from tools.scenario.voices import lasting, speak

CALL_S = 180.0
COMMAND = "python -m tools.bench lockstep"
WORDS = "I would like to talk to somebody about the roof, the windows, and the cellar of the house we bought last year."


def run() -> list[dict[str, Any]]:
    """The rows: seconds for the call, and the ratio to real time."""
    rows = []
    for what, call in (("two callers leave messages", _messages), ("two handsets talk over two lines", _talks)):
        with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
            measured = _measured(Path(folder), call)
        rows.append(_row(f"a three-minute call, {what}", measured.wall_s, "s"))
        rows.append(_row("its ratio to real time", CALL_S / measured.wall_s, "x"))
        rows.append(_row("its processor time, board", measured.board_s, "s"))
        rows.append(_row("its processor time, supervisor", measured.supervisor_s, "s"))
    return rows


@dataclass
class Measured:
    """Seconds that a call took: by the wall clock, and of the processor in each process."""

    wall_s: float
    board_s: float
    supervisor_s: float


def _row(what: str, ours: float, unit: str) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": None, "unit": unit, "command": COMMAND}


def _measured(folder: Path, call: Callable[[Stage], None]) -> Measured:
    """What CALL_S of a call take, once it is going on."""
    stage = Stage(folder, {"answering.rings": 1}, clock=datetime(2026, 3, 2, 15, 0, tzinfo=UTC))
    try:
        stage.start()
        _pass(stage, 1.0)
        call(stage)
        wall, board, supervisor = time.monotonic(), time.process_time(), _processor_s(stage)
        _pass(stage, CALL_S)
        return Measured(time.monotonic() - wall, time.process_time() - board, _processor_s(stage) - supervisor)
    finally:
        stage.close()


def _processor_s(stage: Stage) -> float:
    """Processor time of the supervisor so far (proc(5): fields 14 and 15 of stat, in clock ticks)."""
    fields = Path(f"/proc/{stage.supervisor_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pass(stage: Stage, seconds: float) -> None:
    end = stage.now_s + seconds
    while stage.now_s < end:
        stage.tick()


def _messages(stage: Stage) -> None:
    """Both lines ring, are answered, and speak without a pause."""
    calls = []
    for line, voice in (("A", "man"), ("B", "woman")):
        party = Party(voice)
        calls.append(stage.board.exchange.call(line, "5145550188", None, "allowed", party))
    while any(call.state != CONNECTED for call in calls):
        stage.tick()
    for call in calls:
        call.party.pause(12_000)  # the greeting
        call.party.say(lasting(speak(call.party.name, WORDS), CALL_S + 10))


def _talks(stage: Stage) -> None:
    """Both handsets call outside and are answered; all four speak."""
    reached: list[Call] = []
    for handset, number in (("C", "+14185550123"), ("D", "+15145550188")):
        stage.board.exchange.subscribers[number] = Behaviour(answer_after_s=2.0, on_call=reached.append)
        stage.board.handsets[handset].lift()
        _pass(stage, 1.0)
        stage.board.handsets[handset].dial(f"91{number[2:]}")
    while len(reached) < 2 or any(call.state != CONNECTED for call in reached):
        stage.tick()
    for party, voice in zip(
        [call.party for call in reached] + [stage.board.handsets[name].party for name in "CD"],
        ("man", "woman", "scot", "old man"),
        strict=True,
    ):
        party.say(lasting(speak(voice, WORDS), CALL_S + 10))
