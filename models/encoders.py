"""Two frozen, pretrained encoders: what an utterance sounds like, as frames of numbers for a small head.

`google`: 26 frames of 96, one every 80 ms, mel band 60-3,800 Hz; its frames can be made while one speaks.
`moonshine`: 82 frames of 288, from the last two seconds of the waveform at once; better in noise, only at the end.
Both look at the same stretch: the utterance with its hang-over at the right edge, silence (zeros) to the left of it.
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from drivers.signals.resample import Resampler
from models.endpoint import RATE, Utterance
from models.runtime import Floats, Net

WINDOW: Final = 2 * RATE
"""Samples at 8 kHz that an encoder looks at."""

_HOP: Final = 1280  # samples at 16 kHz between Google's frames
_OVERLAP: Final = 480  # what the mel of one hop sees of the hop before
_MELS: Final = 76  # mel frames an embedding looks at
_FRAMES: Final = 26
_WARM_UP: Final = 5  # hops of the lead that fill the mel window before the first embedding


class Encoder(Protocol):
    """An utterance to frames; `name` is also the name of the head that reads them."""

    name: str
    shape: tuple[int, int]

    def __call__(self, utterance: Utterance) -> Floats:
        """Frames of this utterance, `shape`."""


class Google:
    """Google's speech_embedding: a mel spectrum, then 96 numbers for each 80 ms."""

    name = "google"
    shape = (_FRAMES, 96)

    def __init__(self) -> None:
        self.mel = Net("google_mel", (1, _HOP + _OVERLAP))
        self.embed = Net("google_embedding")

    def __call__(self, utterance: Utterance) -> Floats:
        """Frames from the last whole hop backwards, zeros before the first."""
        stream = Stream(self)
        stream.feed(utterance.sound)
        return stream.frames


class Stream:
    """Google's frames of one utterance, made while it lasts: half a millisecond for each 80 ms of it.

    `frames`: those of all that was fed, the last at the end.
    """

    def __init__(self, google: Google) -> None:
        self.frames = np.zeros(google.shape, np.float32)
        self._google = google
        self._rate = Resampler(RATE, 2 * RATE)
        self._kept = np.zeros(0, np.float32)
        self._mels = np.zeros((_MELS, 32), np.float32)
        self._hops = 0

    def feed(self, sound: npt.NDArray[np.int16]) -> None:
        """The utterance's next samples, 8 kHz, any number."""
        self._kept = np.concatenate((self._kept, self._rate.process(sound).astype(np.float32)))
        while self._kept.size >= _HOP + _OVERLAP:
            mel = self._google.mel(self._kept[None, : _HOP + _OVERLAP]).reshape(-1, 32) / 10.0 + 2.0
            self._mels = np.concatenate((self._mels[mel.shape[0] :], mel))
            self._kept = self._kept[_HOP:]
            self._hops += 1
            if self._hops > _WARM_UP:
                self.frames[:-1] = self.frames[1:]
                self.frames[-1] = self._google.embed(self._mels[None, :, :, None]).reshape(96)


class Moonshine:
    """Moonshine tiny's encoder, int8: the waveform of two seconds at 16 kHz to 82 frames."""

    name = "moonshine"
    shape = (82, 288)

    def __init__(self) -> None:
        self._net = Net("moonshine_encoder")

    def __call__(self, utterance: Utterance) -> Floats:
        """Frames of the last two seconds."""
        sound = _at_16k(utterance)[-2 * WINDOW :]
        wave = np.zeros((1, 2 * WINDOW), np.float32)
        wave[0, -sound.size :] = sound / 32768.0
        frames: Floats = self._net(wave)[0]
        return frames


def _at_16k(utterance: Utterance) -> Floats:
    return Resampler(RATE, 2 * RATE).process(utterance.sound).astype(np.float32)
