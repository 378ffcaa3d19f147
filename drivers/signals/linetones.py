"""Call progress on a line that may not be the country's own: its tones, and those that no table holds.

An adapter, a gateway or a PBX gives its maker's tones. Where a country's table (`progress.py`) has nothing to say, a
busy tone of any frequency and rhythm is told by its steadiness (`steady.py`). Memory and failure as both of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from drivers.signals.cadence_detector import Samples, ToneHeard
from drivers.signals.countries import Country
from drivers.signals.progress import ProgressDetector
from drivers.signals.steady import SteadyTones

_PATIENT_BURSTS: Final = 5


class LineTones(ProgressDetector):
    """Call-progress tones of a line in one country; `tones` limits it to some, as in `ProgressDetector`.

    `answered`: on a call that came in and was answered a tone without an end can only be the exchange's; one that the
    country does not have is told as "unobtainable".
    """

    def __init__(self, country: Country, tones: Iterable[str] | None = None, *, answered: bool = False) -> None:
        wanted = None if tones is None else tuple(tones)
        self._steady = SteadyTones(endless=answered) if wanted is None or "busy" in wanted else None
        super().__init__(country, wanted)

    def reset(self) -> None:
        """Forget the line; positions start again from 0."""
        super().reset()
        self._learnt: ToneHeard | None = None  # a tone that no table holds, sure
        self._learnt_told = False
        if self._steady is not None:
            self._steady.reset()

    def feed(self, samples: Samples) -> list[ToneHeard]:
        """The tones that began or ended within these samples."""
        told = super().feed(samples)
        if self._steady is None:
            return told
        for tone, start, end in self._steady.feed(samples):
            if end is None:
                self._learnt = ToneHeard(tone, start, None)
            elif self._learnt_told:
                told.append(ToneHeard(tone, start, end))
            if end is not None:
                self._learnt, self._learnt_told = None, False
        if self._learnt is not None and not self._learnt_told and not self.told and self._strange():
            self._learnt_told = True
            told.append(self._learnt)
        return told

    def _strange(self) -> bool:
        """Whether the table has had the time to know the sound, if it is of its frequencies."""
        assert self._learnt is not None and self._steady is not None
        return self._learnt.tone != "busy" or not self.waits or self._steady.bursts >= _PATIENT_BURSTS
