"""Call progress: dial tone, ringback, busy and their kin, told by what they sound like and when they sound.

`ProgressDetector(country)` is fed the line's audio (after the echo canceller when we speak ourselves) in blocks of any
size and says once when a tone has begun (`end` None) and once when it has ended. Do not feed it a bridged conversation:
people hum. Memory, failure and reset: see `cadence_detector.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from drivers.signals.cadence import pattern
from drivers.signals.cadence_detector import CadenceDetector, ToneHeard
from drivers.signals.countries import Country

__all__ = ["DETECTABLE", "ProgressDetector", "ToneHeard"]

DETECTABLE: Final = (
    "dial", "stutter", "ringback", "busy", "reorder", "congestion", "unobtainable", "sit", "howler"
)  # fmt: skip
"""Tones listened for, in order of preference where a country gives two of them the same sound."""


class ProgressDetector(CadenceDetector):
    """Call-progress tones of one country. `tones` limits it to some (only `dial` before dialling: quicker)."""

    def __init__(self, country: Country, tones: Iterable[str] | None = None) -> None:
        wanted = DETECTABLE if tones is None else tuple(tones)
        for tone in wanted:
            if tone not in DETECTABLE:
                raise ValueError(f"tone {tone!r}: expected one of {', '.join(DETECTABLE)}")
        names = [name for name in DETECTABLE if name in wanted and name in country.tones]
        super().__init__([pattern(name, country.tones[name]) for name in names])
