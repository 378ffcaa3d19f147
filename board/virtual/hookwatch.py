"""What the breaks of a loop mean: off hook, on hook, a flash, the digits of a dial.

Fed with a loop's changes a block at a time; gives facts with the sample at which they happened. The exchange and the
HAT's handset ports each have one. A break is told by its length: bounce (shorter than BOUNCE_MS), a dial pulse (about
60 ms), a flash (the country's window), longer: on hook. On hook is therefore only known once the flash window is
over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from board.virtual.loop import Electrical
from firmware.hat.protocol import RATE

BOUNCE_MS = 25  # breaks up to this long are contact bounce or line noise
PULSE_MAX_MS = 100
PULSE_SURE_MS = 80  # below this a break is a dial pulse, also where the flash window begins earlier (GB: 50 ms)
DIGIT_END_MS = 200  # closed for this long after a pulse: the digit is over

OFF, ON, FLASH, DIGIT = "off hook", "on hook", "flash", "digit"


@dataclass(frozen=True, slots=True)
class HookFact:
    """``value``: ms of a flash, the digit of a train of pulses (as text); else None."""

    what: str
    at: int
    value: int | str | None = None


def samples(ms: float) -> int:
    """Milliseconds in samples."""
    return int(ms * RATE) // 1000


class HookWatch:
    """One loop's watcher. ``off_hook`` is its present opinion."""

    def __init__(self, debounce_ms: int, flash_min_ms: int, flash_max_ms: int) -> None:
        self.debounce = samples(debounce_ms)
        self.set_flash(flash_min_ms, flash_max_ms)
        self.pulses_only = False
        """While a number is dialled: short breaks are pulses also inside the flash window."""
        self.reset()

    def set_flash(self, min_ms: int, max_ms: int) -> None:
        """The window of breaks that are flashes; (0, 0): none, on hook is then told after the debounce time."""
        self._flash = (samples(min_ms), samples(max_ms))
        self._pulse_max = samples(max(PULSE_SURE_MS, min(PULSE_MAX_MS, min_ms - 1 if min_ms else PULSE_MAX_MS)))

    def reset(self, closed: bool = False, off_hook: bool = False) -> None:
        """Starts over from a known state of the loop."""
        self.off_hook = off_hook
        self._closed = closed
        self._since = 0
        self._pulses = 0

    @property
    def busy(self) -> bool:
        """Whether a time is running, so that ``feed`` must be called though nothing changed."""
        return self._closed != self.off_hook or self._pulses > 0

    def feed(self, changes: Sequence[Electrical], end: int) -> list[HookFact]:
        """The facts of one block that ends at sample ``end``."""
        facts: list[HookFact] = []
        for change in changes:
            if change.closed != self._closed:
                self._lapse(change.sample, facts)
                length, self._closed = change.sample - self._since, change.closed
                self._since = change.sample
                if change.closed and self.off_hook:
                    self._break(length, change.sample, facts)
        self._lapse(end, facts)
        return facts

    def _break(self, length: int, now: int, facts: list[HookFact]) -> None:
        pulse_max = samples(PULSE_MAX_MS) if self.pulses_only else self._pulse_max
        if length <= samples(BOUNCE_MS):
            return
        if length <= pulse_max:
            self._pulses += 1
        elif self._flash[0] <= length <= self._flash[1] and self._flash[1]:
            self._pulses = 0
            facts.append(HookFact(FLASH, now - length, length * 1000 // RATE))

    def _lapse(self, now: int, facts: list[HookFact]) -> None:
        """What has become certain by ``now`` because nothing changed since."""
        lasted = now - self._since
        if self._closed and not self.off_hook and lasted >= self.debounce:
            self.off_hook = True
            facts.append(HookFact(OFF, self._since))
        elif not self._closed and self.off_hook and lasted > max(self._flash[1], self.debounce, self._pulse_max):
            self.off_hook = False
            self._pulses = 0
            facts.append(HookFact(ON, self._since))
        elif self._closed and self._pulses and lasted >= samples(DIGIT_END_MS):
            digit, self._pulses = self._pulses, 0
            if digit <= 10:
                facts.append(HookFact(DIGIT, now, str(digit % 10)))
