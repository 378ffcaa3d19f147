"""What stands at the other end of ports: the contract that a HAT's link, a voice modem and a bank elsewhere keep.

It tells by handlers, which whoever uses it sets; everything happens on the loop.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from drivers.ports.abilities import Abilities
from drivers.signals.callerid.messages import Message
from firmware.hat import protocol as p

Samples = np.ndarray[Any, np.dtype[np.uint8]]
BlockHandler = Callable[[int, int, "Samples | None"], tuple[int, "Samples | None"]]
EventHandler = Callable[[int, int, int, tuple[Any, ...]], None]


@dataclass
class Counters:
    """What the Health page shows of the link."""

    frames: int = 0
    bad_frames: int = 0
    dropped_bytes: int = 0
    concealed: int = 0  # AUDIO_UP blocks that never came
    missing: int = 0  # AUDIO_DOWN blocks the HAT missed
    late: int = 0
    resent: int = 0
    events: int = 0
    duplicate_events: int = 0
    restarts: int = 0
    round_trip_ms: float | None = None


@dataclass
class Hello:
    """What the HAT said of itself."""

    firmware: str = ""
    uid: str = ""
    board_rev: int = 0
    kinds: bytes = b""
    playout_delay: int = p.PLAYOUT_DELAY
    reset_cause: int = 0
    features: int = 0  # bits FEATURE_* of the protocol


@dataclass
class Status:
    """The HAT's 1 Hz report; a value is None until the first one came."""

    ports: list[tuple[int, int, int, int]] = field(default_factory=list)  # state bits, line V, loop mA, battery V
    heap_free: int | None = None
    loop_max_us: int | None = None
    mv_5v: int | None = None
    temp_c: int | None = None
    relay: bool | None = None
    safe: bool | None = None


class Telephone(ABC):
    """What stands at the other end: a HAT (``Link``), a modem, a bank in another process. It tells by handlers."""

    does: ClassVar[Mapping[str, Abilities]]
    """What its ports can do, by their kind."""

    def __init__(self) -> None:
        self.counters = Counters()
        self.hello = Hello()
        self.status = Status()
        self.up = False
        self.on_block: BlockHandler = lambda ts, mask, samples: (0, None)
        self.on_event: EventHandler = lambda port, kind, ts, args: None
        self.on_caller: Callable[[int, Message], None] = lambda port, message: None
        """Who calls on a port, where that is told in words and not heard in its sound."""
        self.on_lost: Callable[[str], None] = lambda why: None
        self.on_gone: Callable[[], None] = lambda: None  # in lockstep: the board has ended, and so must the box
        self.on_log: Callable[[int, str], None] = lambda level, text: None  # LOG_* of the protocol
        self.on_missing: Callable[[int], None] = lambda ts: None  # the answer to this time stamp was not played
        self.on_status: Callable[[Status], None] = lambda status: None

    @abstractmethod
    async def connect(self) -> Hello:
        """Until it answers. Raises LinkError."""

    @abstractmethod
    async def command(self, op: int, port: int, *args: Any) -> bytes:
        """Has it do ``op``. Raises CommandRefused, CommandLost or LinkLost."""

    @abstractmethod
    async def configure(self, key: int, *values: Any, port: int = p.NO_PORT) -> None:
        """Sets one key of CFG_KEYS. Raises as ``command``."""

    @abstractmethod
    def sample_of(self, ts: int) -> int:
        """The sample clock's count at its time stamp ``ts``."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of it; what still waits gets LinkLost."""
