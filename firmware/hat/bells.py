"""Who may ring: on 5 V one handset at a time, with 12 V at the jack both (reference/hardware.md 7.4).

Two bells at once draw more than the Pi's header gives. A port takes its turn for the bursts of one round of its
cadence and lets the other ring in its long pause. The Pi sees the jack and tells it (CFG SUPPLY); until then there is
none.
"""


class Bells:
    """``together``: the supply carries both."""

    def __init__(self):
        self.together = False
        self._ringing = 0  # bit by port

    def take(self, number):
        """Whether port ``number`` may ring now; it then has its turn until ``leave``."""
        mask = 1 << number
        if self._ringing & ~mask and not self.together:
            return False
        self._ringing |= mask
        return True

    def leave(self, number):
        """The port's bursts are over."""
        self._ringing &= ~(1 << number)
