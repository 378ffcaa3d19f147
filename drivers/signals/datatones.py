"""Machines that whistle: fax calling and answering tones, modem answering tones.

- `cng`: a fax calls us, 1100 Hz, 0.5 s every 3.5 s (ITU-T T.30);
- `ced`: a fax or modem has answered, 2100 Hz for 2.6 s or more, with or without phase reversals (T.30, V.25, V.8);
- `bell103`: a Bell modem has answered, 2225 Hz.

Fed like the call-progress detector and as bounded; each is told when it begins to be sure and when it has ended.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.cadence import MS, pattern
from drivers.signals.cadence_detector import CadenceDetector, ToneHeard
from drivers.signals.tonespec import parse

Samples = npt.NDArray[np.int16]

CNG: Final = "1100@-13/500,0/3000"
CED: Final = "2100@-13"
BELL103: Final = "2225@-13"

_CNG_TOLERANCE: Final = 0.038  # T.30: 1100 Hz +-38 Hz
_ANSWER_TOLERANCE: Final = 0.012  # V.25: 2100 Hz +-15 Hz; 2225 Hz must not pass for it
_SHORTEST_ANSWER: Final = 1000 * MS
_NEVER: Final = 10_000 * MS

_TAPS: Final = 81
_EDGE_HZ: Final = 850.0  # hum up to its 13th harmonic is 50 dB down, the calling tone is not


def _high_pass() -> npt.NDArray[np.float32]:
    """A windowed sinc: all but what is below the edge."""
    at = np.arange(_TAPS) - _TAPS // 2
    low = 2 * _EDGE_HZ / 8000 * np.sinc(2 * _EDGE_HZ / 8000 * at) * np.hamming(_TAPS)
    return np.asarray((at == 0) - low / low.sum(), np.float32)


_HIGH_PASS: Final = _high_pass()


class CallingToneDetector(CadenceDetector):
    """`feed(samples) -> [ToneHeard("cng", start, end)]`: a fax machine calls.

    Told at the end of its second burst: one beep may be anybody's, and a machine repeats its own after 3 s of silence
    for half a minute. Mains hum, louder than it or not, hides it from nobody. Positions are 5 ms late.
    """

    def __init__(self) -> None:
        super().__init__([pattern("cng", parse(CNG), _CNG_TOLERANCE)], slow=_NEVER)

    def reset(self) -> None:
        """Forget the line; positions start again from 0."""
        super().reset()
        self._before = np.zeros(_TAPS - 1, np.float32)

    def feed(self, samples: Samples) -> list[ToneHeard]:
        """The tones that began or ended within these samples."""
        heard = np.concatenate((self._before, samples.astype(np.float32)))
        self._before = heard[heard.size - (_TAPS - 1) :]
        if not samples.size:
            return []
        high = np.convolve(heard, _HIGH_PASS, "valid")
        return super().feed(np.clip(np.rint(high), -32768, 32767).astype(np.int16))


class AnsweringToneDetector(CadenceDetector):
    """`feed(samples) -> [ToneHeard("ced" | "bell103", start, end)]`, told after 1.0 s of it."""

    def __init__(self) -> None:
        super().__init__(
            [
                pattern("ced", parse(CED), _ANSWER_TOLERANCE),
                pattern("bell103", parse(BELL103), _ANSWER_TOLERANCE),
            ],
            bridge=40 * MS,  # the phase reversals of V.25 and V.8 leave a dent every 450 ms
            slow=400 * MS,
            continuous=_SHORTEST_ANSWER,
        )
