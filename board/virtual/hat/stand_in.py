"""The stand-in HAT: the firmware's behaviour on the link, in CPython, over the virtual lines.

Speaks ``firmware.hat.protocol`` and nothing else. Life cycle of a block: ``receive`` (bytes from the Pi), ``begin``
(commands due, lifeline), the board advances the loops, ``sense`` (events), ``speak`` and ``bridge`` (audio),
``transmit`` (bytes to the Pi). All times count samples. Anything malformed is counted and dropped; before HELLO every
command is refused (ERR_STATE).
"""

from __future__ import annotations

import struct

from board.virtual.handset import Handset
from board.virtual.hat.audio import AudioPath, Port
from board.virtual.hat.commands import Commands
from board.virtual.hat.fxo import FxoPort
from board.virtual.hat.fxs import Bells, FxsPort
from board.virtual.hat.lifeline import Lifeline, Relay
from board.virtual.hat.link import Answers, EventQueue
from board.virtual.hat.settings import Settings
from board.virtual.line import Line
from firmware.hat import protocol as p
from firmware.hat.cobs import FrameError, Splitter, frame, parse
from firmware.hat.protocol import BLOCK, RATE

FIRMWARE = (0, 1, 0)
BOARD_REV = 1
UID = b"VIRTUAL0"
STATUS_EVERY = RATE  # samples
POWER_ON = 1  # reset cause
CORE_C = 36
MV_5V = 5050


class Hat:
    """The board's microcontroller with its four ports: lines A and B, handsets C and D."""

    def __init__(self, lines: dict[str, Line], handset_c: Handset, now: int = 0) -> None:
        """Powers up at sample ``now`` of the board's clock."""
        self._lines = lines
        self._relay = Relay(handset_c, lines["A"], lines["C"])
        self._power_up(now)

    def _power_up(self, now: int) -> None:
        """As switched on at sample ``now``: relay released, ports on hook, no session, its own count at 0."""
        self._epoch = now
        self.running = True
        bells = Bells()
        self.ports: list[Port] = [
            FxoPort(0, self._lines["A"], self._tell),
            FxoPort(1, self._lines["B"], self._tell),
            FxsPort(2, self._lines["C"], self._tell, bells),
            FxsPort(3, self._lines["D"], self._tell, bells),
        ]
        self.audio = AudioPath(self.ports, now)
        self._relay.drive(False)
        self.lifeline = Lifeline(self._relay, self.ports, self.audio, self._tell)
        self.events = EventQueue(now)
        self.session: int | None = None
        self.frames_in = 0
        self.bad_frames = 0
        self._answers = Answers()
        self._splitter = Splitter()
        self.settings = Settings(self.ports, self.audio, bells)
        self.commands = Commands(self.ports, self.audio, self.lifeline, self.settings)
        self._out: list[bytes] = []
        self._now = now
        self._status_due = now
        self._info_seq = 0

    def kill(self) -> None:
        """The program stops dead; nothing starts it but ``reset``. The relay is released, the ports are on hook."""
        self._power_up(self._now)
        self.running = False

    def reset(self) -> None:
        """The RUN pin was pulled: the program starts afresh in the next block."""
        self._power_up(self._now + BLOCK)

    def enable_lifeline(self, on: bool) -> None:
        """The Pi's half of the relay, its LIFELINE_EN pin."""
        self._relay.enable(on)

    def close(self) -> None:
        """Nothing to let go of; a HAT with a process of its own has."""

    # The block, part by part

    def receive(self, data: bytes, start: int) -> None:
        """Bytes from the Pi, taken in before the block at sample ``start`` is played."""
        if not self.running:
            return
        self._now = start
        for piece in self._splitter.feed(data):
            try:
                kind, port, seq, ts, payload = parse(piece)
                self._frame(kind, port, seq, ts, payload)
            except (FrameError, p.ProtocolError, struct.error):
                self.bad_frames += 1

    def begin(self, start: int) -> None:
        """Commands due in this block, then the lifeline."""
        self._now = start
        if not self.running:
            return
        self.commands.tick(start + BLOCK)
        self.lifeline.tick(start)

    def sense(self, start: int) -> None:
        """Looks at the loops after they advanced."""
        if self.running:
            for port in self.ports:
                port.sense(start)

    def speak(self, start: int) -> None:
        """Plays what is due into the ports."""
        if self.running:
            self.audio.speak(start)

    def bridge(self) -> None:
        """Joins bridged ports; everybody else has spoken."""
        if self.running and self.audio.bridges:
            self.audio.bridge()

    def transmit(self, start: int) -> bytes:
        """Everything the HAT sends for the block."""
        if not self.running:
            return b""
        out = self._out
        self._out = []
        out.append(self.audio.collect(start))
        if self.session is not None:
            out += self.events.frames(start)
        if start >= self._status_due:
            self._status_due = start + STATUS_EVERY
            out.append(self._status())
        return b"".join(out)

    # Frames

    def _tell(self, port: int, kind: int, at: int, *args: int) -> None:
        self.events.put(port, kind, at, *args)

    def _frame(self, kind: int, port: int, seq: int, ts: int, payload: bytes) -> None:
        self.frames_in += 1
        if kind == p.AUDIO_DOWN:
            if self.session is not None:
                self.lifeline.heard(self._now)
                self.audio.take(self._now, port, ts, payload)
            return
        if kind == p.HELLO:
            self._hello(seq, payload)
            return
        if self.session is not None:
            self.lifeline.heard(self._now)
        if kind == p.PING:
            self._out.append(frame(p.PONG, port, seq, self._now - self._epoch, payload))
        elif kind == p.ACK:
            acked, number, _ = p.unpack(p.ACK, payload)
            if acked == p.EVENT:
                self.events.acked(number)
        elif kind in (p.CMD, p.CFG, p.REG) or p.UPDATE_BEGIN <= kind <= p.UPDATE_ABORT:
            answer = self._answers.find(kind, seq)
            if answer is None:
                answer = self._act(kind, port, seq, payload)
                if self.session is not None:
                    self._answers.keep(kind, seq, answer)
            self._out.append(answer)

    def _hello(self, seq: int, payload: bytes) -> None:
        version, session = p.unpack(p.HELLO, payload)
        status = p.OK
        if version != p.VERSION:
            status = p.ERR_VERSION
            self.log(2, f"HELLO of version {version} refused: this HAT speaks {p.VERSION}")
        elif session != self.session:
            self.session = session
            self._answers.clear()
            self.events.restart()
            self.audio.restart()
            self._status_due = self._now
        if status == p.OK:
            self.lifeline.heard(self._now)
        kinds = bytes(port.kind for port in self.ports).ljust(8, b"\0")
        answer = p.pack(
            p.HELLO_R, p.VERSION, status, session, *FIRMWARE, UID, BOARD_REV, len(self.ports), kinds,
            p.PLAYOUT_DELAY, POWER_ON, 0,
        )  # fmt: skip
        self._out.append(frame(p.HELLO_R, p.NO_PORT, seq, self._now - self._epoch, answer))

    def _act(self, kind: int, port: int, seq: int, payload: bytes) -> bytes:
        """Acts on a request for the first time; the frame that answers it."""
        if kind == p.CMD:
            op, at, args = p.unpack(p.CMD, payload)
            status = p.ERR_STATE
            if self.session is not None:
                ahead = (at + self._epoch - self._now) & 0xFFFFFFFF if at else 0
                status = self.commands.do(op, port, self._now + ahead, args, self._now)
            answer = p.pack(p.CMD_R, op, status, b"")
        elif kind == p.CFG:
            key, value = p.unpack(p.CFG, payload)
            status = self.settings.set(key, port, value)
            answer = p.pack(p.CFG_R, key, status, self.settings.crc)
        elif kind == p.REG:
            chip, _, register, _ = p.unpack(p.REG, payload)
            answer = p.pack(p.REG_R, chip, p.ERR_CHIP, register, b"")  # there are no chips in the stand-in
        else:
            answer = p.pack(p.UPDATE_R, kind, p.ERR_UNKNOWN)  # nor a flash to write
        made: bytes = frame(p.ANSWERS[kind], port, seq, self._now - self._epoch, answer)
        return made

    def log(self, level: int, text: str) -> None:
        """A LOG frame: 0 debug, 1 info, 2 warning, 3 error."""
        self._info_seq = (self._info_seq + 1) & 0xFFFF
        payload = p.pack(p.LOG, level, text.encode("utf-8")[:200])
        self._out.append(frame(p.LOG, p.NO_PORT, self._info_seq, self._now - self._epoch, payload))

    def _status(self) -> bytes:
        bridged = {port for pair in self.audio.bridges for port in pair}
        ports = b""
        for port in self.ports:
            state, volts, ma, battery = port.status()
            ports += struct.pack(p.STATUS_PORT, state | p.STATE_BRIDGED * (port.number in bridged), volts, ma, battery)
        flags = p.STATUS_RELAY * self.lifeline.relay.mcu | p.STATUS_SAFE * self.lifeline.safe
        self._info_seq = (self._info_seq + 1) & 0xFFFF
        payload = p.pack(
            p.STATUS, 0, 0, 0, self.frames_in & 0xFFFF, self.bad_frames & 0xFFFF, self.audio.underruns & 0xFFFF,
            self.audio.late & 0xFFFF, MV_5V, CORE_C, flags, ports,
        )  # fmt: skip
        made: bytes = frame(p.STATUS, p.NO_PORT, self._info_seq, self._now - self._epoch, payload)
        return made
