"""Caller ID sent as DTMF digits: gathers digits and reads them as `reading.read_dtmf` allows.

A machine sends them: evenly, fast, and at once. Digits further apart than 300 ms, or uneven as fingers are, are no
caller ID. A framed number is told at its end mark ("C" or "#"), a bare one and one without an end mark 0.5 s after
its last digit.

Life cycle: as `DtmfReceiver`, which it owns. Failure behaviour: at most 56 digits are kept.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.callerid.messages import Message
from drivers.signals.callerid.reading import read_dtmf
from drivers.signals.dtmf.receiver import Digit, DtmfReceiver

_LONGEST_PAUSE: Final = 2400  # samples between two digits, 300 ms
_LONGEST_TONE: Final = 1600  # samples, 200 ms
_UNEVEN: Final = 200  # samples by which machine-sent digits may differ in length or spacing, 25 ms
_BARE_SILENCE: Final = 4000  # samples after which bare digits are complete
_LEAST_BARE: Final = 5  # digits without any frame
_MOST: Final = 56


class DtmfCallerId:
    """Hears callers in DTMF digits."""

    def __init__(self) -> None:
        self._receiver = DtmfReceiver()
        self.reset()

    def reset(self) -> None:
        """Forget everything; the next sample fed is sample 0."""
        self._receiver.reset()
        self._position = 0
        self._digits: list[Digit] = []

    def feed(self, samples: npt.NDArray[np.int16]) -> list[tuple[Message, int, int]]:
        """The messages that became complete: what was said, first sample, sample after the last."""
        found: list[tuple[Message, int, int]] = []
        for digit in self._receiver.feed(samples):
            if digit.end is None:
                continue
            if self._digits and digit.start - _end(self._digits[-1]) > _LONGEST_PAUSE:
                found += self._complete(bare=True)
            self._digits = [*self._digits, digit][-_MOST:]
            if digit.digit in "C#":
                found += self._complete(bare=False)
        self._position += samples.size
        if self._digits and self._position - _end(self._digits[-1]) > _BARE_SILENCE:
            found += self._complete(bare=True)
        return found

    def _complete(self, bare: bool) -> list[tuple[Message, int, int]]:
        """Take the digits gathered; what they say, if a machine sent them."""
        digits, self._digits = self._digits, []
        if not _machine_sent(digits) or (bare and (len(digits) < _LEAST_BARE or digits[-1].digit in "C#")):
            return []
        said = "".join(digit.digit for digit in digits)
        message = read_dtmf(said + "C" if bare and said[0] in "AD" else said)  # some end without a mark
        return [] if message is None else [(message, digits[0].start, _end(digits[-1]))]


def _end(digit: Digit) -> int:
    assert digit.end is not None
    return digit.end


def _machine_sent(digits: list[Digit]) -> bool:
    lengths = [_end(digit) - digit.start for digit in digits]
    steps = [after.start - before.start for before, after in pairwise(digits)]
    return (
        max(lengths) <= _LONGEST_TONE
        and max(lengths) - min(lengths) <= _UNEVEN
        and (not steps or max(steps) - min(steps) <= _UNEVEN)
    )
