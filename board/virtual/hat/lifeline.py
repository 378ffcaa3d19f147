"""The safe state and the lifeline: what keeps handset C working when the Pi is gone (DESIGN section 4).

Host silent for HOST_SILENT_MS: ringing stops; every port goes on hook and is muted, except a direct bridge whose
handset is off hook. LIFELINE_MS: the relay is released and handset C sits on line A; if C is talking on A the relay
drops first and the FXO goes on hook 200 ms later; a bridge of C to another port is not cut. The relay is pulled in
again when the host is back and line A idle. Counts samples only.
"""

from __future__ import annotations

from collections.abc import Callable

from board.virtual.handset import Handset
from board.virtual.hat.audio import AudioPath
from board.virtual.hat.fxo import FxoPort
from board.virtual.hat.fxs import FxsPort
from board.virtual.hookwatch import samples
from board.virtual.line import Line
from firmware.hat import protocol as p

FXO_AFTER_RELAY_MS = 200
LINE_A, HANDSET_C = 0, 2


class Relay:
    """K1: released, handset C is on line A's pair; pulled in, on the HAT's port C.

    Its coil hangs on two transistors in series (netlist: Q1 by the MCU's RELAY, Q2 by the Pi's LIFELINE_EN), so it is
    pulled in while both halves drive it. A HAT without a header attached has LIFELINE_EN strapped high.
    """

    def __init__(self, handset: Handset, line: Line, port_line: Line) -> None:
        self._handset = handset
        self._line = line
        self._port_line = port_line
        self.mcu = False
        """What the MCU's pin says."""
        self.pi = True
        """What the Pi's pin says."""
        self.pulled_in = handset.line is port_line
        self._follow()

    def drive(self, on: bool) -> None:
        """The MCU's half."""
        self.mcu = on
        self._follow()

    def enable(self, on: bool) -> None:
        """The Pi's half."""
        self.pi = on
        self._follow()

    def _follow(self) -> None:
        pulled_in = self.mcu and self.pi
        if pulled_in != self.pulled_in:
            self.pulled_in = pulled_in
            self._handset.connect(self._port_line if pulled_in else self._line, beside_fxo=not pulled_in)


class Lifeline:
    """Watches the host. ``heard`` is called for every good frame of a session."""

    def __init__(
        self, relay: Relay, ports: list[FxoPort | FxsPort], audio: AudioPath, tell: Callable[..., None]
    ) -> None:
        self.relay = relay
        self.safe = False
        self.wanted = False
        """Whether the relay is to be pulled in as soon as line A is idle."""
        self._ports = ports
        self._audio = audio
        self._tell = tell
        self._heard: int | None = None  # None: no session yet
        self._fxo_off_at: int | None = None

    def heard(self, now: int) -> None:
        """The host lives. Leaves the safe state and its mutes."""
        if self._heard is None:
            self.wanted = True
        self._heard = now
        if self.safe:
            self.safe = False
            self.wanted = True
            for port in self._ports:
                port.mute = p.MUTE_NONE
            self._tell(p.NO_PORT, p.EV_SAFE, now, 0)

    def set_relay(self, on: bool, now: int) -> int:
        """The host wants the relay so; a status code."""
        self.wanted = on
        if not on:
            self._release(now)
        return p.OK

    def tick(self, start: int) -> None:
        """Once a block."""
        if self._fxo_off_at is not None and start >= self._fxo_off_at:
            self._fxo_off_at = None
            self._line_a.hook(False, start)
        if self.wanted and not self.relay.mcu and self._line_a_idle():
            self.relay.drive(True)
            self._tell(p.NO_PORT, p.EV_RELAY, start, 1)
        if self._heard is None:
            return
        silent = start - self._heard
        if silent >= samples(p.HOST_SILENT_MS):
            self._make_safe(start)
            if silent >= samples(p.LIFELINE_MS) and self.relay.mcu and not self._talks_elsewhere():
                self.wanted = False
                self._release(start)

    @property
    def _line_a(self) -> FxoPort:
        port = self._ports[LINE_A]
        assert isinstance(port, FxoPort)
        return port

    def _line_a_idle(self) -> bool:
        now = self._line_a.line.loop.now
        return not now.closed and not now.ring_on and not self._line_a.ringing

    def _talks_elsewhere(self) -> bool:
        return any(HANDSET_C in pair and LINE_A not in pair for pair in self._audio.bridges)

    def _release(self, now: int) -> None:
        if not self.relay.mcu:
            return
        talking = self._line_a.off_hook and any(set(pair) == {LINE_A, HANDSET_C} for pair in self._audio.bridges)
        self.relay.drive(False)
        self._tell(p.NO_PORT, p.EV_RELAY, now, 0)
        if talking:
            self._audio.bridges = [pair for pair in self._audio.bridges if set(pair) != {LINE_A, HANDSET_C}]
            self._fxo_off_at = now + samples(FXO_AFTER_RELAY_MS)

    def _make_safe(self, now: int) -> None:
        """Enters the safe state, and while in it ends bridges whose handset has been put down."""
        if not self.safe:
            self.safe = True
            self._tell(p.NO_PORT, p.EV_SAFE, now, 1)
        self._audio.bridges = [pair for pair in self._audio.bridges if self._in_use(pair)]
        kept = {number for pair in self._audio.bridges for number in pair}
        for port in self._ports:
            if isinstance(port, FxsPort):
                port.stop_ringing(now)
            elif port.number not in kept and port.off_hook and self._fxo_off_at is None:
                port.hook(False, now)
            if port.number not in kept:
                port.mute = p.MUTE_TO_PORT | p.MUTE_FROM_PORT

    def _in_use(self, pair: tuple[int, int]) -> bool:
        ends = [self._ports[number] for number in pair]
        handsets = [port for port in ends if isinstance(port, FxsPort)]
        lines = [port for port in ends if isinstance(port, FxoPort)]
        return any(port.off_hook for port in handsets) and all(port.line.loop.now.fed for port in lines)
