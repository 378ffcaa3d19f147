"""The HAT's audio: blocks up, blocks down at their fixed time, ports bridged slot to slot.

A block that answers time stamp T is played at T + PLAYOUT_DELAY; later it is dropped and counted. A bridged port
hears its partner within the same block and plays nothing of the Pi's (one slot has one source); the Pi hears both.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from board.virtual.hat.fxo import FxoPort
from board.virtual.hat.fxs import FxsPort
from board.virtual.sound import SILENCE, Samples
from drivers.signals import g711
from drivers.signals.levels import gain
from firmware.hat import protocol as p
from firmware.hat.cobs import frame
from firmware.hat.protocol import BLOCK

AHEAD = 50 * BLOCK  # a block for a later time than this is nonsense

Port = FxoPort | FxsPort


class AudioPath:
    """The audio of all ports. Each block: ``speak``, ``bridge``, then ``collect`` gives the AUDIO_UP frame."""

    def __init__(self, ports: list[Port], epoch: int) -> None:
        self.law: g711.Law = "mu"
        self.bridges: list[tuple[int, int]] = []
        self.underruns = 0
        self.late = 0
        self._ports = ports
        self._epoch = epoch  # sample of the board's clock at which the HAT's own count began
        self._waiting: dict[int, tuple[int, bytes]] = {}  # sample at which it plays -> port mask, codes
        self._expected = False  # the session has begun to answer blocks
        self._missing: int | None = None
        self._was_late = False
        self._seq = 0
        self._looped: dict[int, Samples] = {}

    def restart(self) -> None:
        """A new session: its first answers are on their way."""
        self._waiting.clear()
        self._expected = False

    def take(self, now: int, mask: int, ts: int, payload: bytes) -> None:
        """An AUDIO_DOWN frame, taken in before the block at sample ``now`` is played. Raises ProtocolError."""
        ports = (mask & (1 << len(self._ports)) - 1).bit_count()
        if mask >> len(self._ports) or len(payload) != ports * BLOCK:
            raise p.ProtocolError(f"AUDIO_DOWN: {len(payload)} bytes for mask 0x{mask:02x}")
        ahead = (ts + self._epoch + p.PLAYOUT_DELAY - now) & 0xFFFFFFFF
        if ahead >= 1 << 31:
            self.late += 1
            self._was_late = True
        elif ahead < AHEAD and ahead % BLOCK == 0:
            self._waiting[now + ahead] = (mask, payload)
            self._expected = True

    def speak(self, start: int) -> None:
        """Plays the block due at ``start`` into the ports that are not bridged."""
        play = self._waiting.pop(start, None)
        self._missing = None
        if play is None:
            if self._expected:
                self.underruns += 1
                self._missing = start - self._epoch - p.PLAYOUT_DELAY
            return
        mask, payload = play
        if not payload:
            return
        codes = np.frombuffer(payload, np.uint8)
        ports = mask.bit_count()
        wide = g711.decode(codes, self.law).reshape(BLOCK, ports)
        column = 0
        for port in self._ports:
            if mask >> port.number & 1:
                self._play(port, wide[:, column])
                column += 1

    def bridge(self) -> None:
        """Joins the bridged ports; everybody else has spoken."""
        for one, other in self.bridges:
            a, b = self._ports[one], self._ports[other]
            heard = b.line.pair.hear_near(echo=False)
            self._send(a, b, heard)
            self._send(b, a, a.line.pair.hear_near())

    def collect(self, start: int) -> bytes:
        """The AUDIO_UP frame of the block."""
        mask = 0
        columns: list[npt.NDArray[np.uint8]] = []
        muted = False
        bridged = {port for pair in self.bridges for port in pair} if self.bridges else ()
        for port in self._ports:
            if port.active or port.number in bridged:
                mask |= 1 << port.number
                columns.append(g711.encode(self._heard(port), self.law))
            muted = muted or port.mute != p.MUTE_NONE
        flags = p.FLAG_MUTED * muted | p.FLAG_LATE * self._was_late
        missing = 0
        if self._missing is not None:
            flags |= p.FLAG_MISSING
            missing = self._missing & 0xFFFFFFFF
        self._was_late = False
        self._looped.clear()
        data = np.stack(columns, axis=1).tobytes() if columns else b""
        self._seq = (self._seq + 1) & 0xFFFF
        fill = min(255, len(self._waiting))
        up: bytes = frame(
            p.AUDIO_UP, mask, self._seq, start - self._epoch, p.pack(p.AUDIO_UP, flags, fill, missing, data)
        )
        return up

    def _heard(self, port: Port) -> Samples:
        if port.loopback:
            return self._looped.get(port.number, SILENCE)
        heard = port.line.pair.hear_near()
        return gain(heard, port.rx_gain) if port.rx_gain else heard

    def _play(self, port: Port, samples: Samples) -> None:
        if port.loopback:
            self._looped[port.number] = samples
        if port.mute & p.MUTE_TO_PORT or any(port.number in pair for pair in self.bridges):
            return
        self._transmit(port, samples)

    def _send(self, port: Port, source: Port, samples: Samples) -> None:
        if port.mute & p.MUTE_TO_PORT or source.mute & p.MUTE_FROM_PORT:
            return
        self._transmit(port, samples)

    def _transmit(self, port: Port, samples: Samples) -> None:
        """An FXO sends only off hook; a SLIC also on hook, as caller ID needs."""
        if port.kind == p.FXO and not port.off_hook:
            return
        port.line.pair.say_near(gain(samples, port.tx_gain) if port.tx_gain else samples)
