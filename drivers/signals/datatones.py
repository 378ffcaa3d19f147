"""Machines that whistle: fax calling and answering tones, modem answering tones.

- `cng`: a fax calls us, 1100 Hz, 0.5 s every 3.5 s (ITU-T T.30);
- `ced`: a fax or modem has answered, 2100 Hz for 2.6 s or more, with or without phase reversals (T.30, V.25, V.8);
- `bell103`: a Bell modem has answered, 2225 Hz.

Fed like the call-progress detector and as bounded; each is told when it begins to be sure (1.0 s of an answering tone,
one whole burst of CNG with the pause after it) and when it has ended.
"""

from __future__ import annotations

from typing import Final

from drivers.signals.cadence import MS, pattern
from drivers.signals.cadence_detector import CadenceDetector
from drivers.signals.tonespec import parse

CNG: Final = "1100@-13/500,0/3000"
CED: Final = "2100@-13"
BELL103: Final = "2225@-13"

_CNG_TOLERANCE: Final = 0.038  # T.30: 1100 Hz +-38 Hz
_ANSWER_TOLERANCE: Final = 0.012  # V.25: 2100 Hz +-15 Hz; 2225 Hz must not pass for it
_SHORTEST_ANSWER: Final = 1000 * MS


class DataToneDetector(CadenceDetector):
    """`feed(samples) -> [ToneHeard("cng" | "ced" | "bell103", start, end)]`."""

    def __init__(self) -> None:
        super().__init__(
            [
                pattern("cng", parse(CNG), _CNG_TOLERANCE),
                pattern("ced", parse(CED), _ANSWER_TOLERANCE),
                pattern("bell103", parse(BELL103), _ANSWER_TOLERANCE),
            ],
            bridge=40 * MS,  # the phase reversals of V.25 and V.8 leave a dent every 450 ms
            slow=400 * MS,
            continuous=_SHORTEST_ANSWER,
        )
