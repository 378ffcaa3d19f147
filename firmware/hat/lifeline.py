"""The safe state and the lifeline: what keeps handset C working when the Pi is gone (DESIGN section 4).

Host silent for HOST_SILENT_MS: ringing stops; every port goes on hook and is muted, except a direct bridge whose
handset is off hook. LIFELINE_MS: the relay is released and handset C sits on line A; if C is talking on A the relay
drops first and the FXO goes on hook 200 ms later; a bridge of C to another port is not cut. The relay is pulled in
again when the host is back and line A is idle. ``tick`` is called once a block.

Here is one half of the relay. Its coil hangs on the Pi's LIFELINE_EN as well, which no pin of the HAT sees: with it low
handset C stays on line A, and port C looks like a socket without a telephone.
"""

from micropython import const

from . import protocol as p

FXO_AFTER_RELAY_MS = const(200)
LINE_A = const(0)
HANDSET_C = const(2)


class Lifeline:
    """``relay`` is an output pin: 1 pulls in. ``bridges`` is the Bridges, ``tell`` takes events."""

    def __init__(self, relay, ports, bridges, tell):
        self._relay = relay
        self._relay(0)
        self._ports = ports
        self._bridges = bridges
        self._tell = tell
        self._heard = -1  # ms; -1: no session yet
        self._fxo_off_at = -1
        self.pulled_in = False
        self.safe = False
        self.wanted = False  # the relay is to be pulled in as soon as line A is idle

    def heard(self, now):
        """The host lives. Leaves the safe state and its mutes."""
        if self._heard < 0:
            self.wanted = True
        self._heard = now
        if self.safe:
            self.safe = False
            self.wanted = True
            for port in self._ports:
                port.mute = p.MUTE_NONE
            self._bridges.apply()
            self._tell(p.NO_PORT, p.EV_SAFE, now, 0)

    def set_relay(self, on, now):
        """The host wants the relay so."""
        self.wanted = on
        if not on:
            self._release(now)

    def tick(self, now):
        """Once a block."""
        line = self._ports[LINE_A]
        if 0 <= self._fxo_off_at <= now:
            self._fxo_off_at = -1
            line.hook(False)
        if self.wanted and not self.pulled_in and line.idle:
            self._switch(True, now)
        if self._heard < 0:
            return
        silent = now - self._heard
        if silent >= p.HOST_SILENT_MS:
            self._make_safe(now)
            if silent >= p.LIFELINE_MS and self.pulled_in and not self._talks_elsewhere():
                self.wanted = False
                self._release(now)

    def _switch(self, on, now):
        self.pulled_in = on
        self._relay(1 if on else 0)
        self._tell(p.NO_PORT, p.EV_RELAY, now, 1 if on else 0)

    def _talks_elsewhere(self):
        partner = self._bridges.partner(HANDSET_C)
        return partner >= 0 and partner != LINE_A

    def _release(self, now):
        if not self.pulled_in:
            return
        talking = self._ports[LINE_A].off_hook and self._bridges.partner(HANDSET_C) == LINE_A
        self._switch(False, now)
        if talking:
            self._bridges.part(LINE_A, HANDSET_C)
            self._fxo_off_at = now + FXO_AFTER_RELAY_MS

    def _make_safe(self, now):
        """Enters the safe state, and while in it ends bridges whose handset has been put down."""
        if not self.safe:
            self.safe = True
            self._tell(p.NO_PORT, p.EV_SAFE, now, 1)
        for a, b in tuple(self._bridges.pairs):
            if not self._in_use(a, b):
                self._bridges.part(a, b)
        for port in self._ports:
            kept = self._bridges.partner(port.number) >= 0
            if port.kind == p.FXS:
                port.stop_ringing()
            elif not kept and port.off_hook and self._fxo_off_at < 0:
                port.hook(False)
            if not kept and port.mute != p.MUTE_TO_PORT | p.MUTE_FROM_PORT:
                port.mute = p.MUTE_TO_PORT | p.MUTE_FROM_PORT
                self._bridges.apply()

    def _in_use(self, a, b):
        talking = False
        for number in (a, b):
            port = self._ports[number]
            if port.kind == p.FXS:
                talking = talking or port.off_hook
            elif not port.fed:
                return False
        return talking
