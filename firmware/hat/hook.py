"""What the breaks of a handset's loop mean: off hook, on hook, a flash, the digits of a dial. Pure logic, milliseconds.

A break is told by its length: bounce, a dial pulse (8 to 12 a second, 33 to 67 % break), a flash (the country's
window), longer: on hook. So on hook is only known once the flash window is over; its event carries the time at which
it began.
"""

from micropython import const

DEBOUNCE_MS = const(64)
BOUNCE_MS = const(25)  # breaks up to this long are contact bounce
PULSE_MAX_MS = const(100)
PULSE_SURE_MS = const(80)  # below this a break is a dial pulse, also where the flash window begins earlier (GB: 50 ms)
DIGIT_END_MS = const(200)  # closed for this long after a pulse: the digit is over

OFF = const(1)
ON = const(2)
FLASH = const(3)
DIGIT = const(4)


class HookWatch:
    """``tell(what, at, value)``: value is the ms of a flash, the figure of a digit, else 0. Call ``see`` every slot."""

    def __init__(self, tell):
        self._tell = tell
        self.off_hook = False
        self._closed = False
        self._since = 0
        self._pulses = 0
        self.set_flash(200, 1000)

    def set_flash(self, min_ms, max_ms):
        """The window of breaks that are flashes; (0, 0): none, on hook is then told after the debounce time."""
        self._flash_min = min_ms
        self._flash_max = max_ms
        self._pulse_max = max(PULSE_SURE_MS, min(PULSE_MAX_MS, min_ms - 1 if min_ms else PULSE_MAX_MS))
        self._on_hook = max(max_ms, DEBOUNCE_MS, self._pulse_max)

    @property
    def busy(self):
        """Whether a time is running, so that ``see`` must be called though nothing changed."""
        return self._closed != self.off_hook or self._pulses > 0

    def see(self, closed, now):
        """The loop as it is at ``now``."""
        if closed != self._closed:
            self._lapse(now)
            length = now - self._since
            self._closed = closed
            self._since = now
            if closed and self.off_hook:
                self._break(length, now)
        self._lapse(now)

    def _break(self, length, now):
        if length <= BOUNCE_MS:
            return
        if length <= self._pulse_max:
            self._pulses += 1
        elif self._flash_max and self._flash_min <= length <= self._flash_max:
            self._pulses = 0
            self._tell(FLASH, now - length, length)

    def _lapse(self, now):
        lasted = now - self._since
        if self._closed:
            if not self.off_hook and lasted >= DEBOUNCE_MS:
                self.off_hook = True
                self._tell(OFF, self._since, 0)
            elif self._pulses and lasted >= DIGIT_END_MS:
                digit = self._pulses
                self._pulses = 0
                if digit <= 10:
                    self._tell(DIGIT, now, digit % 10)
        elif self.off_hook and lasted > self._on_hook:
            self.off_hook = False
            self._pulses = 0
            self._tell(ON, self._since, 0)
