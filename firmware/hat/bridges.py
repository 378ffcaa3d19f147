"""Direct bridges: which port's receive slot stands on whose echo (``tdm``), and what is muted.

A bridged port hears its partner within the same frame and nothing of the Pi's; the Pi hears both. MUTE_TO_PORT of a
port, or MUTE_FROM_PORT of its partner, puts the receive slot back on its own, where the Pi's block (or silence)
plays.
"""

from . import protocol as p
from .tdm import bridge_start


class Bridges:
    """``pairs`` are (lower, higher) port numbers."""

    def __init__(self, ports):
        self._ports = ports
        self.pairs = []
        self.silent = 0  # slots whose downward samples are silenced, as a mask
        self.muted = False
        self.mask = 0  # bridged ports, as a mask

    def partner(self, number):
        """The other end, or -1."""
        for a, b in self.pairs:
            if a == number:
                return b
            if b == number:
                return a
        return -1

    def join(self, a, b):
        """A status code."""
        if a == b or max(a, b) >= len(self._ports):
            return p.ERR_PORT
        pair = (min(a, b), max(a, b))
        if pair not in self.pairs:
            if self.partner(a) >= 0 or self.partner(b) >= 0:
                return p.ERR_STATE
            self.pairs.append(pair)
            self.apply()
        return p.OK

    def part(self, a, b):
        """A status code."""
        if a == b or max(a, b) >= len(self._ports):
            return p.ERR_PORT
        pair = (min(a, b), max(a, b))
        if pair not in self.pairs:
            return p.ERR_STATE
        self.pairs.remove(pair)
        self.apply()
        return p.OK

    def apply(self):
        """Points the receive slots, after any change of a bridge or a mute."""
        self.silent = 0
        self.muted = False
        self.mask = 0
        for port in self._ports:
            number = port.number
            partner = self.partner(number)
            start = number * 8
            if port.mute & p.MUTE_TO_PORT:
                self.silent |= 1 << number
            if port.mute != p.MUTE_NONE:
                self.muted = True
            if partner >= 0:
                self.mask |= 1 << number
                self.silent |= 1 << number
                if not port.mute & p.MUTE_TO_PORT and not self._ports[partner].mute & p.MUTE_FROM_PORT:
                    start = bridge_start(partner)
            if port.chip.rx_start != start:
                port.chip.set_slots(start)
