"""A test host: the Pi's end of the link, frame by frame, against a board in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from board.virtual.board import Board
from board.virtual.hat.engines import maker
from drivers.signals import g711
from firmware.hat import protocol as p
from firmware.hat.cobs import Splitter, frame, parse

Samples = npt.NDArray[np.int16]
HAT = os.environ.get("FRONTDESK_TEST_HAT", "standin")
"""What stands in the HAT's place: standin, twin or micropython. The rules are the same for all."""


@dataclass(frozen=True)
class Event:
    """One EVENT frame, once."""

    name: str
    port: int
    at: int
    args: tuple[int, ...]
    told: int  # time stamp of the frame that brought it


@dataclass
class Host:
    """Ticks the board, answers its blocks, acks its events. ``answering`` and ``acking`` can be turned off."""

    board: Board
    answering: bool = True
    acking: bool = True
    session: int = 4711
    events: list[Event] = field(default_factory=list)
    event_frames: list[tuple[int, int]] = field(default_factory=list)  # sequence, time stamp of each sending
    answers: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    ups: list[tuple[int, int, int, int]] = field(default_factory=list)  # ts, mask, flags, missing ts
    status: list[tuple[Any, ...]] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    playing: dict[int, Samples] = field(default_factory=dict)
    raw: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.law: g711.Law = "a" if self.board.country.law == "a" else "mu"
        self._splitter = Splitter()
        self._seq = 0
        self._out = b""
        self._heard: dict[int, list[Samples]] = {port: [] for port in range(4)}
        self._seen: set[int] = set()

    # The Pi's side

    def hello(self, version: int = p.VERSION) -> tuple[object, ...]:
        """Says HELLO and gives the answer's fields."""
        self._seen.clear()
        kind, payload = self.request(p.HELLO, p.NO_PORT, p.pack(p.HELLO, version, self.session))
        assert kind == p.HELLO_R
        fields: tuple[object, ...] = p.unpack(p.HELLO_R, payload)
        return fields

    def set_country(self) -> None:
        """Sends the country's row, as the Pi does after HELLO."""
        hook, ring = self.board.country.hook, self.board.country.ring
        self.config(p.CFG_LAW, p.LAW_A if self.law == "a" else p.LAW_MU)
        self.config(p.CFG_FLASH, hook.flash_min_ms, hook.flash_max_ms)
        self.config(p.CFG_CPC, hook.cpc_min_ms)
        self.config(p.CFG_CADENCE, 0, *(ring.cadence_ms + (0,) * 8)[:8])

    def request(self, kind: int, port: int, payload: bytes, seq: int | None = None) -> tuple[int, bytes]:
        """Sends a request and waits for its answer."""
        if seq is None:
            self._seq += 1
            seq = self._seq
        self.answers.pop(seq, None)
        self.send(frame(kind, port, seq, 0, payload))
        for _ in range(10):
            self.tick()
            if seq in self.answers:
                return self.answers[seq]
        raise AssertionError(f"no answer to request {kind:#x}")

    def command(self, op: int, port: int, *args: object, at: int = 0, seq: int | None = None) -> int:
        """A command's status code."""
        payload = p.pack(p.CMD, op, at, p.pack_args(p.OPS, op, *args))
        _, answer = self.request(p.CMD, port, payload, seq)
        return int(p.unpack(p.CMD_R, answer)[1])

    def config(self, key: int, *values: int) -> int:
        """A setting's status code."""
        _, answer = self.request(p.CFG, p.NO_PORT, p.pack(p.CFG, key, p.pack_args(p.CFG_KEYS, key, *values)))
        return int(p.unpack(p.CFG_R, answer)[1])

    def send(self, data: bytes) -> None:
        self._out += data

    def play(self, port: int, samples: Samples) -> None:
        """Has the samples played into a port from the next block answered."""
        self.playing[port] = np.concatenate([self.playing.get(port, np.zeros(0, np.int16)), samples])

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            self.tick()

    def until(self, what: Callable[[], object], seconds: float = 30.0) -> None:
        """Ticks until ``what()`` is true; fails after ``seconds``."""
        for _ in range(round(seconds * 50)):
            if what():
                return
            self.tick()
        assert what(), f"did not happen within {seconds} s"

    def tick(self) -> None:
        out, self._out = self._out, b""
        self.board.receive(out)
        data = self.board.tick()
        self.raw += data
        for piece in self._splitter.feed(data):
            try:
                self._frame(*parse(piece))
            except ValueError:
                raise
            except Exception as error:  # a frame spoilt on purpose: FrameError, ProtocolError
                if not self.board.noise_out.hits:
                    raise error

    # What came

    def heard(self, port: int) -> Samples:
        """All audio of a port so far."""
        return np.concatenate([*self._heard[port], np.zeros(0, np.int16)])

    def last(self, port: int, seconds: float) -> Samples:
        """The end of what a port heard."""
        return self.heard(port)[-round(seconds * p.RATE) :]

    def forget(self) -> None:
        """Starts a new record."""
        self.events.clear()
        self.ups.clear()
        for blocks in self._heard.values():
            blocks.clear()

    def port_states(self) -> list[int]:
        """The state bits of the ports in the last STATUS."""
        ports = self.status[-1][-1]
        return [ports[at] for at in range(0, 16, 4)]

    def of(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]

    def _frame(self, kind: int, port: int, seq: int, ts: int, payload: bytes) -> None:
        if kind == p.AUDIO_UP:
            flags, _, missing, data = p.unpack(kind, payload)
            self.ups.append((ts, port, flags, missing))
            if data:
                columns = np.frombuffer(data, np.uint8).reshape(p.BLOCK, port.bit_count())
                for column, number in enumerate(n for n in range(4) if port >> n & 1):
                    self._heard[number].append(g711.decode(columns[:, column], self.law))
            if self.answering:
                self._answer(ts)
        elif kind == p.EVENT:
            self.event_frames.append((seq, ts))
            if self.acking:
                self.send(frame(p.ACK, port, seq, 0, p.pack(p.ACK, p.EVENT, seq, p.OK)))
            if seq not in self._seen:
                self._seen.add(seq)
                what, at, args = p.unpack(kind, payload)
                values = p.unpack_args(p.EVENTS, what, args)
                self.events.append(Event(p.EVENTS[what][0], port, at, values, ts))
        elif kind == p.STATUS:
            self.status.append(p.unpack(kind, payload))
        elif kind == p.LOG:
            self.logs.append(p.unpack(kind, payload)[1].decode())
        elif kind & 0x80:
            self.answers[seq] = (kind, payload)

    def _answer(self, ts: int) -> None:
        mask, columns = 0, []
        for port in sorted(self.playing):
            block, self.playing[port] = self.playing[port][: p.BLOCK], self.playing[port][p.BLOCK :]
            if block.size:
                mask |= 1 << port
                columns.append(g711.encode(np.pad(block, (0, p.BLOCK - block.size)), self.law))
        data = np.stack(columns, axis=1).tobytes() if columns else b""
        self.send(frame(p.AUDIO_DOWN, mask, 0, ts, data))


def tone(hz: float, seconds: float, dbm0: float = -10.0) -> Samples:
    """A sine of whole blocks."""
    blocks = round(seconds * 50)
    peak = 32768 * 10 ** ((dbm0 - 3.14) / 20)
    wave: Samples = np.rint(peak * np.sin(2 * np.pi * hz / p.RATE * np.arange(blocks * p.BLOCK))).astype(np.int16)
    return wave


def level(samples: Samples, hz: float) -> float:
    """Level of one frequency, dBm0."""
    if samples.size == 0:
        return -100.0
    wave = np.exp(-2j * np.pi * hz / p.RATE * np.arange(samples.size))
    window = np.hanning(samples.size)
    peak = 2 * abs(np.sum(samples * window * wave)) / window.sum()
    return float(20 * np.log10(max(peak, 1e-3) / 32768) + 3.14)


class Kit:
    """What the tests of this folder share."""

    tone = staticmethod(tone)
    level = staticmethod(level)

    def __init__(self) -> None:
        self._boards: list[Board] = []

    def host(self, country: str = "CA", seed: int = 1, hello: bool = True) -> Host:
        """A host with a session, the country's row sent, on a fresh board."""
        host = Host(Board(country, seed, hat=maker(HAT)))
        self._boards.append(host.board)
        if HAT != "standin":
            host.run(1.5)  # the firmware brings its chips up
        if hello:
            host.run(0.1)
            host.hello()
            host.set_country()
            host.run(0.5)
        return host

    def close(self) -> None:
        for board in self._boards:
            board.close()


@pytest.fixture
def kit() -> Iterator[Kit]:
    kit = Kit()
    yield kit
    kit.close()


@pytest.fixture
def host(kit: Kit) -> Host:
    return kit.host()
