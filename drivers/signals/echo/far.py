"""Echo of the far end: our own voice from the other telephone's hybrid, 55 to 260 ms late, through a router's network.

Its path is as short as the near hybrid's; only the way there and back is long. So its delay is found first, by the
cross-correlation (whitened, summed over half seconds in which we spoke), and what comes so late is taken out by the
same kind of model as the near echo (`model.py`), which stands still while both speak: nothing is gated, and nobody is
cut off. A delay that moves, as a jitter buffer's does, is found anew and learnt anew.

Life: one a leg, one thread, each block of 160 samples in order; `reset` for another line. A line without such an echo
costs two dot products a block, and 0.1 ms each half second in which both sides sound: five seconds long, then once in
four seconds. Memory is fixed. On any input what comes out is bounded; what makes the line louder is dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

import numpy as np

from drivers.signals.echo.model import BLOCK, HybridModel, Wide

_FIRST, _LAST = 440, 2080  # samples of delay that are looked for
_BEFORE: Final = 24  # samples before the strongest answer at which the path is taken to begin
_LOOK: Final = 25  # blocks of the line that are correlated at once
_REFERENCE: Final = _LOOK + _LAST // BLOCK
_FFT: Final = 4096  # at half the rate, which is exact enough
_PLACES: Final = (np.arange(_FIRST, _LAST + 1, 2) - _LAST) // 2  # of the delays: our voice begins _LAST before the line
_SOUNDS: Final = BLOCK * 40.0**2  # energy of a block at about -55 dBm0
_SOUNDING: Final = 8  # blocks of a look in which both must sound
_FORGET: Final = 0.7
_CLEAR: Final = 9.0  # the peak above the others' root mean square
_SAME: Final = 16  # samples by which two looks may differ
_AGREE: Final = 2  # looks
_EAGER: Final = 10  # looks, after which a line without far echo is looked at ...
_SELDOM: Final = 8  # ... only so often
_LOUDER: Final = 1.5
_WORSE: Final = 25  # blocks


class FarEcho:
    """`process(line, reference) -> line without what comes back late`. Sound is float32 in units of int16."""

    def __init__(self) -> None:
        self._model: HybridModel | None = None  # most lines never need one
        self.reset()

    def reset(self) -> None:
        """Forget the line."""
        self.delay: int | None = None
        """Samples from what we play to the first of it that comes back; None: nothing does, as far as is known."""
        self._model = None
        self._played: deque[Wide] = deque([np.zeros(BLOCK, np.float32)] * _REFERENCE, maxlen=_REFERENCE)
        self._heard: deque[Wide] = deque(maxlen=_LOOK)
        self._sum = np.zeros(_FFT // 2 + 1, complex)
        self._blocks = self._sounding = self._looks = self._worse = 0
        self._found: list[int] = []  # the delays of the last looks

    def process(self, line: Wide, reference: Wide) -> Wide:
        """One block without its late echo."""
        self._played.append(reference)
        self._heard.append(line)
        self._blocks += 1
        self._sounding += float(reference @ reference) > _SOUNDS and float(line @ line) > _SOUNDS
        if self._blocks % _LOOK == 0:
            if self._sounding >= _SOUNDING:
                self._looks += 1
                if self.delay is not None or self._looks <= _EAGER or self._looks % _SELDOM < _AGREE:
                    self._look()
            self._sounding = 0
        if self.delay is None or self._model is None:
            return line
        blocks, samples = divmod(self.delay, BLOCK)
        late = np.concatenate((self._played[-2 - blocks], self._played[-1 - blocks]))
        left = self._model.process(line, late[BLOCK - samples : 2 * BLOCK - samples])
        energy, after = float(line @ line), float(left @ left)
        louder = after > _LOUDER * energy + _SOUNDS
        self._worse = self._worse + 1 if louder else max(0, self._worse - 1)
        if self._worse >= _WORSE:
            self.reset()
            return line
        return left if after <= energy or self._model.proven else line  # its first guesses may be wild

    def _look(self) -> None:
        """What the last half second tells of the delay."""
        across = np.fft.rfft(_halved(self._heard), _FFT) * np.conj(np.fft.rfft(_halved(self._played), _FFT))
        self._sum = _FORGET * self._sum + across / (np.abs(across) + 1.0)
        answer = np.abs(np.fft.irfft(self._sum, _FFT))
        delays = answer[_PLACES]
        top = int(delays.argmax())
        clear = float(delays[top]) > _CLEAR * float(np.sqrt(np.mean(delays**2)))
        self._found = [*self._found[1 - _AGREE :], _FIRST + 2 * top if clear else -1]
        newest = self._found[-1]
        if newest < 0 or len(self._found) < _AGREE or max(self._found) - min(self._found) > _SAME:
            return
        begins = newest - _BEFORE
        if self.delay is None or not 0 <= newest - self.delay <= 2 * _BEFORE + _SAME:
            self.delay, self._model = begins, HybridModel()


def _halved(blocks: Iterable[Wide]) -> Wide:
    """The sound at 4 kHz."""
    sound = np.concatenate(list(blocks))
    half: Wide = sound[::2] + sound[1::2]
    return half
