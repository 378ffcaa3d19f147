"""A scenario as the player sees it: the box it starts with, who takes part, what happens, what is expected after.

Plain frozen data, made by ``keys.load`` from a checked file; every part knows the line it stands on. Times are seconds
on the sample clock, levels dBm0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from board.virtual.circuit import DIAL_TONE_AFTER_MS
from firmware.supervisor.settings.schema import Value as Setting
from tools.scenario.expected import Expected

Value = str | int | float


@dataclass(frozen=True)
class Box:
    """What the box is before the first step."""

    clock: datetime
    seed: int
    limit: float  # the scenario fails if it is not over by then
    hybrid_db: float | None  # echo of the box's own voice on the line, dB down; None: the board's usual line
    noise_dbm0: float | None
    settings: dict[str, Setting]  # settings key -> value, by the supervisor's own schema


@dataclass(frozen=True)
class Exchange:
    """What the exchange does for the box's lines."""

    kind: str = "exchange"  # what the lines hang on: board.virtual.linekinds
    call_waiting: bool = False
    dial_tone_after: float = DIAL_TONE_AFTER_MS / 1000  # seconds from off hook
    dial_tone: str = "heard"  # heard, silent
    ring: tuple[int, ...] = ()  # on, off, on, off ... ms; empty: the country's


@dataclass(frozen=True)
class Contact:
    """A contact in the box's book; ``numbers`` holds (kind, number)."""

    line_no: int
    name: str
    company: str
    sounds_like: str
    client: str
    language: str
    numbers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Party:
    """Somebody who takes part: behind a line of the box, at one of its handsets, or at a number it may dial."""

    line_no: int
    name: str
    place: str  # 'line', 'handset', 'parallel' (a telephone beside the box) or 'number'
    port: str  # 'A', 'B', 'C', 'D'; '' for a number
    number: str
    shown_name: str
    presentation: str  # one of the exchange's PRESENTATIONS
    redirecting: str  # the number that forwarded the call to the box's line; "" for none
    when_dialled: str  # one of keys.WHEN_DIALLED
    after: float  # seconds until a dialled number answers
    reversal: bool  # the exchange tells the answer of a dialled number by reversing polarity
    clears: str  # how the exchange tells the box that this party hung up: one of its CLEARINGS
    display: bool  # a handset that shows who calls, in a conversation too
    voice: str
    level: float


@dataclass(frozen=True)
class Step:
    """One thing that is done, or waited for. ``kind`` is the key that says what; ``value`` is its value."""

    line_no: int
    who: str
    kind: str  # one of keys.ACTIONS
    value: str
    within: float
    after: float
    seconds: float | None  # says: repeated for so long; hears silence: so much of it
    number: str
    pulse: bool
    begun: bool
    meanwhile: bool
    by_hand: bool
    values: dict[str, Value]


@dataclass(frozen=True)
class Expect:
    """One expectation about the log or about what was heard. ``kind`` and what it holds, as in ``keys.EXPECTED``."""

    line_no: int
    kind: str  # one of keys.EXPECTED
    row: dict[str, Expected]
    count: Expected | None
    who: str
    sound: str
    values: dict[str, Value]


@dataclass(frozen=True)
class Scenario:
    """One file, checked."""

    path: Path
    name: str
    about: str
    box: Box
    exchange: Exchange
    contacts: tuple[Contact, ...]
    rules: tuple[dict[str, Any], ...]
    receptionist: dict[str, Any] | None
    parties: dict[str, Party]
    steps: tuple[Step, ...]
    expects: tuple[Expect, ...]
