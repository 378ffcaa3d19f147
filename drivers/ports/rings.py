"""The rings of one call, counted from a line's bursts: what belongs together, in what pattern, in what pace.

Bursts less than `WITHIN_S` apart are one ring, whatever the country's table says: a distinctive ring, a British pair,
an adapter that rings singly in Britain. The exchange's pace (from the start of one ring to the start of the next) is
told by two rings of a call, or was by an earlier call; a ring out of that pace is another caller's, who rang as the
first had given up. Where no pace is known yet, a line that rings as the country's exchanges do is taken to keep theirs,
and a ring that comes too soon for it is perhaps another caller's.
"""

from __future__ import annotations

from typing import Final

from firmware.hat.protocol import RATE

WITHIN_S: Final = 1.2  # the shortest pause between rings in the country table is 2 s, the longest within one 0.4 s
SHORT_MS: Final = 700  # a reminder ring is 500 ms; no country's single ring is shorter than 1 s
_LONGER: Final = 1.6  # a burst so much longer than the ring's shortest is a long one
_OFF_PACE: Final = 0.15  # share of the pace by which an exchange's rings never differ
_ALIKE: Final = 0.25  # share by which a burst may differ from the table's
_COUNTS: Final = ("", "single", "double", "triple", "quadruple")


class Rings:
    """One call's rings."""

    def __init__(self, cadence_ms: tuple[int, ...], pace_s: float | None = None) -> None:
        """`cadence_ms`: the country's; `pace_s`: this line's own pace, where an earlier call told it."""
        self.pace_s = pace_s
        self._cadence_ms = cadence_ms
        self.number = 0
        """Rings so far, the newest among them."""
        self.count = 0
        """Those of whoever rings now, as far as the pace tells."""
        self.another = False
        """The newest ring came out of pace: perhaps somebody else's first."""
        self.of_another = False
        """It surely is: the line's pace is known."""
        self._expected = 1  # bursts of the newest ring, by the ring before it
        self._bursts: list[int] = []  # of the newest ring, ms
        self._began = 0  # sample at which the newest ring began
        self._ended = 0  # and at which its newest burst ended

    def burst(self, at: int, ms: int) -> None:
        """A burst of `ms` ended at sample `at`."""
        began = at - ms * RATE // 1000
        if self.number and began - self._ended < WITHIN_S * RATE:
            self._bursts.append(ms)
        else:
            self._ring(began, ms)
        self._ended = at

    def _ring(self, began: int, ms: int) -> None:
        self.another = self.of_another = False
        if self.number:
            pace_s = (began - self._began) / RATE
            if self.pace_s is not None:
                rings = max(1, round(pace_s / self.pace_s))  # one that was not heard is no other caller
                self.another = self.of_another = abs(pace_s - rings * self.pace_s) > _OFF_PACE * self.pace_s
            elif self._as_usual and pace_s < (1 - _OFF_PACE) * sum(self._cadence_ms) / 1000:
                self.another = True
            else:
                self.pace_s = pace_s
            self._expected = min(len(self._bursts), len(self._cadence_ms) // 2)
        self.number += 1
        self.count = 1 if self.another else self.count + 1
        self._bursts = [ms]
        self._began = began

    @property
    def rung(self) -> int:
        """Rings of whoever rings now that are as good as over: one is worth as many bursts as the country's has."""
        return max(0, self.count - (len(self._bursts) < self._expected))

    @property
    def _as_usual(self) -> bool:
        """Whether the newest ring is one of the country's own."""
        usual = self._cadence_ms[::2]
        alike = (abs(ms - its) <= _ALIKE * its for ms, its in zip(self._bursts, usual, strict=False))
        return len(self._bursts) == len(usual) and all(alike)

    def of_the_newest(self) -> Rings:
        """The rings of the caller to whom the newest ring belongs, it being their first."""
        rings = Rings(self._cadence_ms, self.pace_s)
        rings.number = rings.count = 1
        rings._bursts, rings._began, rings._ended = list(self._bursts), self._began, self._ended
        return rings

    def whole(self, now: int) -> bool:
        """Whether no more bursts belong to the newest ring, at sample `now`."""
        return self.number > 0 and now - self._ended >= WITHIN_S * RATE

    @property
    def reminder(self) -> bool:
        """Whether all there was is one short burst: an exchange that forwards the line's calls tells of each so."""
        return self.number == 1 and len(self._bursts) == 1 and self._bursts[0] <= SHORT_MS

    @property
    def pattern(self) -> str:
        """The newest ring's pattern: "single", "double" ..., or its bursts in order, "short-short-long"."""
        return pattern(self._bursts)


def pattern(bursts_ms: list[int]) -> str:
    """The name of a ring of such bursts."""
    shortest = min(bursts_ms, default=0)
    if max(bursts_ms, default=0) <= _LONGER * shortest:
        return _COUNTS[len(bursts_ms)] if len(bursts_ms) < len(_COUNTS) else f"{len(bursts_ms)} bursts"
    return "-".join("long" if ms > _LONGER * shortest else "short" for ms in bursts_ms)
