"""The voice modem in the HAT's place: the same surface as ``drivers.link.Link``, one FXO port, half duplex.

Every 20 ms a block goes up and its answer comes down, as with the HAT. On hook the blocks are empty; who calls is told
in words (``on_caller``). Off hook the modem records until the box has something to play, plays until there is nothing
more for HANG_BLOCKS, and records again; each change costs it a few tens of milliseconds of sound.

The box's clock is its timer (there is no board to give one); while the modem records, its own samples make the blocks.
Life cycle: create, ``connect`` (again after a loss), ``close``. A modem that goes, or stops talking, is told by
``on_lost``; what HATs alone can do (linefeed, relay, bridge, taps) is refused with CommandRefused.
"""

from __future__ import annotations

import asyncio
from collections import deque
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.clock import SampleLoop
from drivers.link import CommandRefused, LinkLost
from drivers.modem import dle
from drivers.modem.caller import CallerLines
from drivers.modem.channel import Channel, ModemError
from drivers.modem.formats import Format, best
from drivers.ports.abilities import MODEM_LINE
from drivers.signals import g711
from drivers.telephone import Hello, Telephone
from firmware.hat import protocol as p

BLOCK_S = p.BLOCK / p.RATE
LEAD_BLOCKS = 4  # 80 ms ahead of the line, so that a late block leaves no gap in what the modem plays
HANG_BLOCKS = 10  # 200 ms with nothing to play before the modem records again: a pause between words is shorter
SILENT_S = 1.0  # a recording modem that sends nothing for this long has hung
CALLER_S = 0.4  # caller ID's lines come in one go; this long after the last one they are complete
BURST_MS = 2000  # a RING line tells of a burst, not of its length
REOPEN_S = 1.0
WAKE_TRIES, WAKE_S = 3, 2.0
CPC_MS = 100  # the modem tells that the loop was interrupted, not for how long

_DIGITS = frozenset(b"0123456789*#ABCD")
_QUIETLY_DONE = (p.OP_CID_MONITOR, p.OP_GAIN, p.OP_MUTE)
"""Operations a modem does by itself or does not need: done without a word."""

Block = npt.NDArray[np.uint8]
Request = tuple[int, tuple[Any, ...], "asyncio.Future[bytes]"]


class ModemLink(Telephone):
    """One voice modem."""

    does = MappingProxyType({"line": MODEM_LINE})

    def __init__(self, loop: SampleLoop, device: str, law: g711.Law) -> None:
        super().__init__()
        self._loop = loop
        self._device = device
        self._law: g711.Law = law
        self._channel: Channel | None = None
        self._format = Format(0, "mu")
        self._pump: asyncio.Task[None] | None = None
        self._requests: deque[Request] = deque()
        self._off_hook = False
        self._ts = 0
        self._recorded = bytearray()
        self._heard = asyncio.Event()
        self._caller = CallerLines()
        self._caller_due: asyncio.TimerHandle | None = None
        self._reversed = False

    # As drivers.link.Link

    async def connect(self) -> Hello:
        """Opens the modem and sets it up, until it answers. Raises ModemError where it is no voice modem."""
        while True:
            self._drop()
            try:
                self._channel = Channel(self._device)
                break
            except ModemError as error:
                self.on_log(1, str(error))
                await asyncio.sleep(REOPEN_S)
        channel = self._channel
        channel.on_line, channel.on_voice, channel.on_gone = self._line, self._voice, self._lose
        await channel.calm()
        for left in reversed(range(WAKE_TRIES)):
            try:
                await channel.command("Z", timeout=WAKE_S)
                break
            except ModemError:  # its answer to what ended an old call came late, or it is still busy with that
                if not left:
                    raise
        await channel.command("E0V1")
        name = await channel.command("I3")
        classes = "".join(await channel.command("+FCLASS=?"))
        if "8" not in classes.replace("+FCLASS:", "").replace("(", "").replace(")", "").replace(" ", "").split(","):
            raise ModemError(f"modem {self._device}: no voice modem, it knows the classes {classes}")
        await channel.command("+FCLASS=8")
        form = best(await channel.command("+VSM=?"), self._law)
        if form is None:
            raise ModemError(f"modem {self._device}: none of its audio forms is known here (AT+VSM=?)")
        self._format = form
        await channel.command(f"+VSM={form.number},8000")
        await channel.command("+VCID=1")
        await channel.command("+VLS=0")
        self.hello = Hello(
            firmware="voice modem",
            uid=" ".join(name)[:80],
            kinds=bytes([p.FXO]),
            playout_delay=LEAD_BLOCKS * p.BLOCK,
        )
        self._off_hook = self._reversed = False
        self.up = True
        self._pump = asyncio.ensure_future(self._run(channel))
        return self.hello

    def close(self) -> None:
        """Lets go of the modem; what still waits gets LinkLost."""
        self.up = False
        self._drop()

    def sample_of(self, ts: int) -> int:
        """The sample clock's count at an event's time stamp: ours are that count, modulo 2**32."""
        behind = (self._loop.samples - ts) & 0xFFFFFFFF
        return self._loop.samples - behind

    async def command(self, op: int, port: int, *args: Any) -> bytes:
        """Has the modem do ``op``. Raises CommandRefused for what it cannot, ModemError, LinkLost."""
        if not self.up:
            raise LinkLost(f"modem {self._device} is not connected")
        if op in _QUIETLY_DONE or (op == p.OP_RELAY and port == p.NO_PORT):
            return b""
        if op not in (p.OP_OFFHOOK, p.OP_ONHOOK, p.OP_FLASH, p.OP_PULSE):
            raise CommandRefused(p.OPS[op][0], port, p.ERR_UNKNOWN)
        done: asyncio.Future[bytes] = self._loop.create_future()
        self._requests.append((op, args, done))
        self._heard.set()
        return await done

    async def configure(self, key: int, *values: Any, port: int = p.NO_PORT) -> None:
        """Nothing: the country's line parameters are the modem's own (``AT+GCI``)."""

    # What the modem tells

    def _event(self, kind: int, *args: Any) -> None:
        self.counters.events += 1
        self.on_event(0, kind, self._loop.samples & 0xFFFFFFFF, args)

    def _line(self, line: str) -> None:
        if line == "RING":
            self._event(p.EV_RING_START)
            self._loop.call_later(BURST_MS / 1000, self._ring_over)
        elif self._caller.take(line):
            if self._caller_due is not None:
                self._caller_due.cancel()
            self._caller_due = self._loop.call_later(CALLER_S, self._caller_complete)

    def _ring_over(self) -> None:
        if self.up:
            self._event(p.EV_RING_STOP, BURST_MS)

    def _caller_complete(self) -> None:
        caller, self._caller, self._caller_due = self._caller, CallerLines(), None
        if caller.says_something():
            self.on_caller(0, caller.message())

    def _voice(self, piece: bytes | int) -> None:
        if isinstance(piece, bytes):
            self._recorded += piece
            self._heard.set()
        elif piece in _DIGITS:
            if self._channel is not None and self._channel.state == "play":  # else the box hears it itself
                self._event(p.EV_PULSE_DIGIT, piece)
        elif piece == ord("l"):
            self._event(p.EV_CPC, CPC_MS)
        elif piece == ord("L"):
            self._reversed = not self._reversed
            self._event(p.EV_POLREV, int(self._reversed))
        elif piece in b"Hh":
            self._event(p.EV_LINE_IN_USE if piece == ord("H") else p.EV_LINE_FREE)
        elif piece == ord("u"):
            self.counters.missing += 1
        elif piece == ord("o"):
            self.counters.concealed += 1

    def _lose(self, why: str) -> None:
        was_up, self.up = self.up, False
        self._drop()
        if was_up:
            self.on_lost(why)

    def _drop(self) -> None:
        channel, self._channel = self._channel, None
        pump, self._pump = self._pump, None
        if pump is not None:
            pump.cancel()
        if channel is not None:
            channel.on_gone = lambda why: None
            channel.close()
        while self._requests:
            done = self._requests.popleft()[2]
            if not done.done():
                done.set_exception(LinkLost(f"modem {self._device} has gone"))

    # The pump: one block every 20 ms

    async def _run(self, channel: Channel) -> None:
        try:
            while True:
                if self._off_hook:
                    await self._converse(channel)
                else:
                    await self._idle(channel)
        except ModemError as error:
            self._lose(str(error))

    async def _idle(self, channel: Channel) -> None:
        """On hook: empty blocks, until there is something to do."""
        due = self._loop.time()
        while not self._requests:
            self._up(None)
            due += BLOCK_S
            await asyncio.sleep(max(0.0, due - self._loop.time()))
        await self._obey(channel)

    async def _converse(self, channel: Channel) -> None:
        """Off hook: records and plays by turns; until there is something to do."""
        first: Block | None = None
        while not self._requests:
            if first is None:
                first = await self._record(channel)
            else:
                await self._play(channel, first)
                first = None
        await self._obey(channel)

    async def _record(self, channel: Channel) -> Block | None:
        """Gives what the modem hears to the box until the box has something to play, which is the result."""
        self._recorded.clear()
        await channel.enter("+VRX", "record")
        answer: Block | None = None
        size = p.BLOCK * self._format.width
        while answer is None and not self._requests:
            self._heard.clear()
            try:
                async with asyncio.timeout(SILENT_S):
                    await self._heard.wait()
            except TimeoutError as error:
                raise ModemError(f"modem {self._device}: it records and sends nothing") from error
            while answer is None and len(self._recorded) >= size:
                block = self._format.to_law(bytes(self._recorded[:size]), self._law)
                del self._recorded[:size]
                answer = self._up(block)
        channel.write(dle.END_RECORD)
        await channel.answer("end of recording")
        return answer

    async def _play(self, channel: Channel, first: Block) -> None:
        """Plays ``first`` and what follows it, until nothing has followed for HANG_BLOCKS."""
        await channel.enter("+VTX", "play")
        silence = np.full(p.BLOCK, g711.SILENCE[self._law], np.uint8)
        answer: Block | None = first
        quiet = 0
        due = self._loop.time() - LEAD_BLOCKS * BLOCK_S
        while quiet < HANG_BLOCKS and not self._requests:
            block = silence if answer is None else answer
            channel.write(dle.shield(self._format.from_law(block, self._law)))
            due += BLOCK_S
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            answer = self._up(None)
            quiet = 0 if answer is not None else quiet + 1
        channel.write(dle.CANCEL_PLAY if self._requests else dle.END_PLAY)
        await channel.answer("end of playing")

    def _up(self, block: Block | None) -> Block | None:
        """One block to the box (None: nothing was heard); what it answers."""
        ts, self._ts = self._ts, self._ts + p.BLOCK & 0xFFFFFFFF
        self.counters.frames += 1
        if block is None:
            _, answer = self.on_block(ts, 0, None)
            self.on_missing(ts)  # half duplex: no echo of this block will ever come, so it is no reference
        else:
            _, answer = self.on_block(ts, 1, block.reshape(p.BLOCK, 1))
        return None if answer is None else np.ascontiguousarray(answer).reshape(-1)

    async def _obey(self, channel: Channel) -> None:
        """Does the oldest request. Its own failure goes to whoever asked; the modem's state stays known."""
        op, args, done = self._requests.popleft()
        try:
            if op == p.OP_OFFHOOK:
                await channel.command("+VLS=1")
                self._off_hook = True
            elif op == p.OP_ONHOOK:
                await channel.command("+VLS=0")
                self._off_hook = False
            elif op == p.OP_FLASH:
                await channel.command("D!;")
            else:
                digits = bytes(args[0]).decode("ascii", "ignore")
                await channel.command(f"DP{''.join(digit for digit in digits if digit.isdigit())};", timeout=60.0)
        except ModemError as error:
            if not done.done():
                done.set_exception(error)
            return
        if not done.done():
            done.set_result(b"")
