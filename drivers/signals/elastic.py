"""Between two clocks: samples come at a foreign one's pace and leave at ours, a buffer between that stays short.

One object a stream and direction: ``put`` what has come (``lost`` what never will), ``take`` what is due; the border to
a foreign clock has one each way. The buffer is kept at the least that has lately sufficed by the resampler's pace
(``Trim``): 10 ppm for each millisecond that its least depth of the last two seconds is off. Where it runs dry the sound
goes on by concealment, and 20 ms more are wanted in it from then on, 1 ms less each second. Steered by the mean depth
it hunted +-2500 ppm (reference/webphone.md, Drift).

All in integers: the same samples in give the same samples out. Units: samples of 8 kHz, ppm.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.concealing import PAST, Concealment
from drivers.signals.trim import TAPS, Trim

Samples = npt.NDArray[np.int16]

RATE: Final = 8000
MS: Final = RATE // 1000
LEAST_WANTED: Final = 20 * MS
MOST_WANTED: Final = 200 * MS
MOST_HELD: Final = RATE
"""A second: of what comes faster than that the oldest is dropped."""

WINDOW: Final = 100  # takes that the least depth is looked for in: 2 s of 20 ms
A_SECOND: Final = 50  # takes. In the first one excess is cut at once: nobody has begun to speak
MORE: Final = 20 * MS  # wanted each time that the buffer ran dry
PPM_A_MS: Final = 10
MOST_PPM: Final = 2000
SKIP: Final = 10 * MS  # left out at once where there is too much, in silence only
QUIET: Final = 64  # peak of what counts as silence: -51 dBm0


class Elastic:
    """One stream. For the Health page: ``depth``, ``wanted``, ``ppm``; ``concealed`` and ``cut`` samples so far."""

    def __init__(self) -> None:
        self.wanted = LEAST_WANTED
        self.ppm = 0
        self.concealed = 0
        self.cut = 0
        self._held: Samples = np.zeros(0, np.int16)
        self._past: Samples = np.zeros(PAST, np.int16)  # what was last given in time
        self._lost = Concealment()
        self._late = Concealment()
        self._trim = Trim()
        self._depths: deque[int] = deque(maxlen=WINDOW)
        self._takes = 0
        self._begun = False

    @property
    def depth(self) -> int:
        """Samples that wait."""
        return max(0, self._held.size - TAPS)

    def put(self, samples: Samples) -> None:
        """More has come, any number of samples."""
        self._hold(self._lost.join(samples))

    def lost(self, count: int) -> None:
        """The next ``count`` samples, a second at most, will not come: the sender's numbers say that they were sent."""
        count = min(count, MOST_HELD)
        self.concealed += count
        self._hold(self._lost.fill(np.concatenate((self._past, self._held)), count))

    def take(self, count: int) -> Samples:
        """The next ``count`` samples; silence until the stream has begun."""
        if not self._begun:
            if self.depth < self.wanted + count:
                return np.zeros(count, np.int16)
            self._begun = True
        self._steer(count)
        if self._held.size < self._trim.needs(count, self.ppm):
            if not self._late.going_on:
                self.wanted = min(MOST_WANTED, self.wanted + MORE)
            self.concealed += count
            return self._late.fill(self._past, count)
        made, used = self._trim.make(self._held, count, self.ppm)
        self._held = self._held[used:]
        made = self._late.join(made)
        self._past = np.concatenate((self._past, made))[-PAST:]
        return made

    def _hold(self, samples: Samples) -> None:
        self._held = np.concatenate((self._held, samples))
        if self._held.size > MOST_HELD:
            self._drop(self._held.size - TAPS - self.wanted)

    def _steer(self, count: int) -> None:
        """How fast the next samples are made, and what is left out altogether."""
        depth = self.depth - count
        self._takes += 1
        self._depths.append(depth)
        if self._takes <= A_SECOND:
            if depth > self.wanted + SKIP:
                self._drop(depth - self.wanted)
            return
        if self._takes % A_SECOND == 0:
            self.wanted = max(LEAST_WANTED, self.wanted - MS)
        excess = min(self._depths) - self.wanted
        self.ppm = max(-MOST_PPM, min(MOST_PPM, excess * PPM_A_MS // MS))
        if excess > SKIP and _peak(self._held[: count + TAPS]) < QUIET:
            self._drop(SKIP)

    def _drop(self, count: int) -> None:
        self._held = self._held[count:]
        self._depths = deque((depth - count for depth in self._depths), WINDOW)
        self.cut += count


def _peak(samples: Samples) -> int:
    return int(np.abs(samples.astype(np.int32)).max(initial=0))
