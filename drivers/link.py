"""The serial link to the HAT: frames in and out, commands answered, events in order and once, audio on the beat.

Life cycle: ``Link(loop, device, lockstep)``, ``await connect()`` (HELLO, retried until the HAT answers; raises
VersionMismatch), then commands; ``lost`` handlers run when no block came for 500 ms or the HAT restarted; after that
``connect`` may be called again. ``close`` ends it.

Failure behaviour: garbage is skipped to the next delimiter and counted; a command without an answer is resent
(RESEND_MS, RETRIES) and then raises CommandLost; a lost block is concealed by the handlers' own means (they get None)
and counted; everything that waits on the link gets LinkLost when it is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import struct
import time
from types import MappingProxyType
from typing import Any

import numpy as np

from drivers.clock import SampleLoop
from drivers.ports.abilities import HAT_HANDSET, HAT_LINE
from drivers.telephone import EventHandler, Hello, Samples, Status, Telephone
from drivers.uart import LinkError as LinkError  # the base of this module's errors
from drivers.uart import Uart
from firmware.hat import protocol as p
from firmware.hat.cobs import FrameError, Splitter, frame, parse

MAX_GAP = 25  # blocks of missing audio that are concealed; a longer gap is a restart of the HAT
EVENT_WINDOW = 64  # events ahead of the next expected one that are held back until the gap is filled
PING_S = 1.0
REOPEN_S = 0.5  # between tries to open a device that has gone


class LinkLost(LinkError):
    """No block came for LINK_LOST_MS, or the HAT restarted: what was going on through it is over."""


class CommandLost(LinkError):
    """A command was sent RETRIES times and never answered."""


class CommandRefused(LinkError):
    """The HAT answered a command with an error status."""

    def __init__(self, name: str, port: int, status: int) -> None:
        text = p.STATUS_TEXT[status] if status < len(p.STATUS_TEXT) else f"status {status}"
        super().__init__(f"{name} on port {port}: {text}")
        self.status = status


class VersionMismatch(LinkError):
    """The HAT speaks another version of the protocol."""


class Link(Telephone):
    """One HAT on one serial device."""

    does = MappingProxyType({"line": HAT_LINE, "handset": HAT_HANDSET})

    def __init__(self, loop: SampleLoop, device: str, lockstep: str | None = None) -> None:
        """Opens the device (and the board's lockstep socket). Raises LinkError naming the device when it cannot."""
        super().__init__()
        self._loop = loop
        self.on_selftest: EventHandler = lambda port, kind, ts, values: None  # SELFTEST_STEP and SELFTEST_DONE
        self._open = lambda: Uart(loop, device, lockstep, self._feed, self._gone)
        self._uart = self._open()
        self._splitter = Splitter()
        self._session = 0
        self._seq = 0
        self._audio_seq = 0
        self._next_event: int | None = None
        self._held: dict[int, tuple[int, bytes]] = {}
        self._pending: dict[tuple[int, int], asyncio.Future[bytes]] = {}
        self._last_ts: int | None = None
        self._ping_due = 0
        self._first_block = asyncio.Event()
        loop.on_silence = lambda: self._lose("no audio block for half a second")

    # Connecting and losing

    async def connect(self) -> Hello:
        """Says HELLO until the HAT answers. Raises VersionMismatch with both versions."""
        await self._reopen()
        await self._first_block.wait()  # a HAT that sends no audio is not there to answer
        while True:
            self._session = self._new_session()
            self._next_event = 0
            self._held.clear()
            try:
                answer = await self._request(p.HELLO, p.NO_PORT, p.pack(p.HELLO, p.VERSION, self._session))
            except (CommandLost, LinkLost):
                continue
            version, status, session, major, minor, patch, uid, rev, ports, kinds, delay, cause, features = p.unpack(
                p.HELLO_R, answer
            )
            if status == p.ERR_VERSION or version != p.VERSION:
                raise VersionMismatch(f"the HAT speaks link version {version}, this box {p.VERSION}: update the HAT")
            if session != self._session:
                continue
            self.hello = Hello(f"{major}.{minor}.{patch}", uid.hex(), rev, kinds[:ports], delay, cause, features)
            self.up = True
            return self.hello

    def close(self) -> None:
        """Lets go of the device; what still waits gets LinkLost."""
        self._fail_pending("the link was closed")
        self._loop.on_silence = None
        self._uart.close()

    def _new_session(self) -> int:
        """Random, so that a HAT never takes a new box for the old one; in lockstep the time stamp, which repeats."""
        return (self._last_ts or 0) + 1 if self._loop.lockstep else secrets.randbits(32)

    def _gone(self, why: str) -> None:
        if self._loop.lockstep:
            self._loop.board_gone()
            self.on_gone()
        self._lose(why)

    async def _reopen(self) -> None:
        """Opens a device that has gone again, as soon as it is back."""
        while not self._uart.alive:
            self._first_block.clear()
            self._splitter = Splitter()
            await asyncio.sleep(REOPEN_S)
            with contextlib.suppress(LinkError):
                self._uart.close()
                self._uart = self._open()

    def _lose(self, why: str) -> None:
        was_up, self.up = self.up, False
        self._fail_pending(why)
        if was_up:
            self.on_lost(why)

    def _fail_pending(self, why: str) -> None:
        pending, self._pending = self._pending, {}
        for future in pending.values():
            if not future.done():
                future.set_exception(LinkLost(why))

    def sample_of(self, ts: int) -> int:
        """The sample clock's count at which the HAT's time stamp ``ts`` was or will be."""
        ahead = (ts - (self._last_ts or 0) - p.BLOCK) & 0xFFFFFFFF
        return self._loop.samples + (ahead - (1 << 32) if ahead >> 31 else ahead)

    # Requests

    async def command(self, op: int, port: int, *args: Any, at: int = 0) -> bytes:
        """Has the HAT do ``op`` (now, or at time stamp ``at``). Raises CommandRefused, CommandLost or LinkLost."""
        payload = p.pack(p.CMD, op, at & 0xFFFFFFFF, p.pack_args(p.OPS, op, *args))
        _, status, reply = p.unpack(p.CMD_R, await self._request(p.CMD, port, payload))
        if status != p.OK:
            raise CommandRefused(p.OPS[op][0], port, status)
        return bytes(reply)

    async def configure(self, key: int, *values: Any, port: int = p.NO_PORT) -> None:
        """Sets one key of CFG_KEYS on the HAT. Raises as ``command``."""
        payload = p.pack(p.CFG, key, p.pack_args(p.CFG_KEYS, key, *values))
        _, status, _ = p.unpack(p.CFG_R, await self._request(p.CFG, port, payload))
        if status != p.OK:
            raise CommandRefused(f"CFG {p.CFG_KEYS[key][0]}", port, status)

    async def ask(self, kind: int, *values: Any) -> tuple[Any, ...]:
        """The answer to a request about the whole board (SELFTEST, UPDATE). Raises CommandLost or LinkLost."""
        return tuple(p.unpack(p.ANSWERS[kind], await self._request(kind, p.NO_PORT, p.pack(kind, *values))))

    async def _request(self, kind: int, port: int, payload: bytes) -> bytes:
        if not self.up and kind != p.HELLO:
            raise LinkLost("the HAT is not connected")
        self._seq = (self._seq + 1) & 0xFFFF
        seq, answer = self._seq, p.ANSWERS[kind]
        data = frame(kind, port, seq, self._loop.samples, payload)
        future: asyncio.Future[bytes] = self._loop.create_future()
        self._pending[answer, seq] = future
        try:
            for attempt in range(p.RETRIES):
                if attempt:
                    self.counters.resent += 1
                self._uart.send(data)
                try:
                    async with asyncio.timeout(p.RESEND_MS / 1000):
                        return await asyncio.shield(future)
                except TimeoutError:
                    continue
            raise CommandLost(f"{p.MESSAGES[kind][0]} to port {port}: no answer after {p.RETRIES} tries")
        finally:
            self._pending.pop((answer, seq), None)
            if future.done() and not future.cancelled():
                future.exception()  # looked at, so that asyncio does not complain of an exception nobody fetched
            else:
                future.cancel()

    # Bytes in

    def _feed(self, data: bytes) -> None:
        for piece in self._splitter.feed(data):
            try:
                kind, port, seq, ts, payload = parse(piece)
                self._frame(kind, port, seq, ts, payload)
            except (FrameError, p.ProtocolError):
                self.counters.bad_frames += 1
        self.counters.dropped_bytes = self._splitter.dropped

    def _frame(self, kind: int, port: int, seq: int, ts: int, payload: bytes) -> None:
        self.counters.frames += 1
        if kind == p.AUDIO_UP:
            self._audio(port, ts, payload)
        elif kind & 0x80 and kind != p.PONG:
            future = self._pending.get((kind, seq))
            if future is not None and not future.done():
                future.set_result(payload)
        elif kind == p.EVENT:
            self._event(port, seq, payload)
        elif kind == p.STATUS:
            self._take_status(payload)
        elif kind in (p.SELFTEST_STEP, p.SELFTEST_DONE):
            self.on_selftest(port, kind, ts, p.unpack(kind, payload))
        elif kind == p.LOG:
            level, text = p.unpack(p.LOG, payload)
            self.on_log(level, text.decode("utf-8", "replace"))
        elif kind == p.PONG:
            (sent,) = p.unpack(p.PONG, payload)
            self.counters.round_trip_ms = (time.monotonic_ns() - sent) / 1e6
        elif kind == p.PING:
            self._uart.send(frame(p.PONG, port, seq, ts, payload))

    def _event(self, port: int, seq: int, payload: bytes) -> None:
        if self._next_event is None or not self.up:
            return  # not acked: the HAT sends it again when we have taken in its HELLO_R
        self._uart.send(frame(p.ACK, port, seq, self._loop.samples, p.pack(p.ACK, p.EVENT, seq, p.OK)))
        ahead = (seq - self._next_event) & 0xFFFF
        if ahead >= EVENT_WINDOW or seq in self._held:
            self.counters.duplicate_events += 1
            return
        self._held[seq] = (port, payload)
        while self._next_event in self._held:
            held_port, held = self._held.pop(self._next_event)
            self._next_event = (self._next_event + 1) & 0xFFFF
            kind, ts, args = p.unpack(p.EVENT, held)
            self.counters.events += 1
            self.on_event(held_port, kind, ts, p.unpack_args(p.EVENTS, kind, args))

    def _take_status(self, payload: bytes) -> None:
        heap, _, loop_us, _, _, _, _, mv, temp, flags, ports = p.unpack(p.STATUS, payload)
        self.status = Status(
            list(struct.iter_unpack(p.STATUS_PORT, ports[: len(ports) // 4 * 4])),
            heap,
            loop_us,
            mv,
            temp,
            bool(flags & p.STATUS_RELAY),
            bool(flags & p.STATUS_SAFE),
        )
        self.on_status(self.status)

    # Audio

    def _audio(self, mask: int, ts: int, payload: bytes) -> None:
        flags, _, missing_ts, data = p.unpack(p.AUDIO_UP, payload)
        ports = mask.bit_count()
        if len(data) != ports * p.BLOCK:
            raise p.ProtocolError(f"AUDIO_UP: {len(data)} samples for {ports} ports")
        last, self._last_ts = self._last_ts, ts
        self._first_block.set()
        step = p.BLOCK if last is None else (ts - last) & 0xFFFFFFFF
        if step == 0:
            return
        if step % p.BLOCK or step > MAX_GAP * p.BLOCK:
            self._loop.advance(p.BLOCK)
            self.counters.restarts += 1
            self._lose("the HAT restarted")
        else:
            for missed in range(ts - step + p.BLOCK, ts, p.BLOCK):
                self.counters.concealed += 1
                self._loop.advance(p.BLOCK)
                self._answer(missed & 0xFFFFFFFF, 0, None)
            self._loop.advance(p.BLOCK)
        if flags & p.FLAG_LATE:
            self.counters.late += 1
        if flags & p.FLAG_MISSING:
            self.counters.missing += 1
            self.on_missing(missing_ts)
        samples = np.frombuffer(data, np.uint8).reshape(p.BLOCK, ports) if ports else None
        self._answer(ts, mask, samples)
        if not self._loop.lockstep and self._loop.samples >= self._ping_due:
            self._ping_due = self._loop.samples + int(PING_S * p.RATE)
            self._uart.send(frame(p.PING, p.NO_PORT, 0, ts, p.pack(p.PING, time.monotonic_ns())))

    def _answer(self, ts: int, mask: int, samples: Samples | None) -> None:
        mask, down = self.on_block(ts, mask, samples)
        payload = b"" if down is None else down.tobytes()
        self._audio_seq = (self._audio_seq + 1) & 0xFFFF
        self._uart.send(frame(p.AUDIO_DOWN, mask if payload else 0, self._audio_seq, ts, payload))
