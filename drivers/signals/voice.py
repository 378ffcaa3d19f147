"""Voice activity a block, and the end of an utterance from it.

`VoiceDetector` is WebRTC's detector (webrtcvad, BSD) on 20 ms blocks; feed it the echo canceller's output, or our own
prompt is taken for the caller. It holds a few hundred bytes of state for ever and never fails on audio; `reset()`
forgets the line's noise. `EndOfSpeech` turns its answers into "the caller has finished".
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

import numpy as np
import numpy.typing as npt
import webrtcvad

from drivers.signals.levels import amplitude

BLOCK: Final = 160
"""Samples of one block: 20 ms at 8 kHz."""

QUIET_LINE: Final = 2
"""Aggressiveness: 2 finds 91 % of speech blocks 20 dB above noise, 1 would find 97 % (reference/dsp.md 8)."""

_SAMPLE_RATE: Final = 8000
_SOFTEST_ENERGY: Final = BLOCK * amplitude(-47.0) ** 2 / 2.0  # a block softer than -47 dBm0 is nobody's voice
_QUIETEST_ENERGY: Final = BLOCK * amplitude(-54.0) ** 2 / 2.0  # the same where nothing of ours is left in it


class VoiceDetector:
    """Says for each block whether it holds a voice. Noise is none; music, modems and dual tones pass for one.

    So gate it with the tone detectors where a line may carry signals. What is left of our own prompt after the echo
    canceller still sounds like speech, 50 dB down; given the reference as well, a voice must stand clear of what the
    canceller has lately left of it.
    """

    def __init__(self, mode: int = QUIET_LINE) -> None:
        if mode not in (0, 1, 2, 3):
            raise ValueError(f"voice detector mode {mode!r}: expected 0 to 3")
        self._mode = mode
        self.reset()

    def reset(self) -> None:
        """Forget everything heard so far."""
        self._detector = webrtcvad.Vad(self._mode)
        self._echo = ResidualEcho()

    def feed(self, block: npt.NDArray[np.int16], reference: npt.NDArray[np.int16] | None = None) -> bool:
        """Whether this block of 160 samples holds a voice. `reference`: the block we played into the line meanwhile.

        Raises ValueError on any other length.
        """
        if block.size != BLOCK:
            raise ValueError(f"voice detector: a block of {block.size} samples, expected {BLOCK}")
        block = np.ascontiguousarray(block, dtype=np.int16)
        energy = _energy(block)
        # both hear every block, loud or not: they learn from them what the canceller leaves, and the line's noise
        loud = self._echo.exceeded(energy, reference) and energy > _SOFTEST_ENERGY
        return bool(self._detector.is_speech(block.tobytes(), _SAMPLE_RATE)) and loud


class QuietVoice:
    """`VoiceDetector` for a recording: quiet callers are heard, and a hum that goes on is nobody.

    While nothing of ours plays there is no echo to take for a voice, so it finds what WebRTC's detector finds at its
    most patient: three quarters of the syllables that are 8 dB above the line's noise. A voice swells; mains hum with
    its harmonics, which that detector takes for one, does so only as it begins.
    """

    _SWELL: Final = 2.0  # 3 dB over the softest block of the last ...
    _LOOK_BACK: Final = 60  # ... 1.2 s
    _HANG_OVER: Final = 5  # blocks: what softer ends of syllables and the stops between them last

    def __init__(self) -> None:
        self._patient = webrtcvad.Vad(0)
        self._beside_ours = VoiceDetector()
        self._energies: deque[float] = deque(maxlen=self._LOOK_BACK)
        self._since = self._HANG_OVER  # blocks since a voice that was clear

    def feed(self, block: npt.NDArray[np.int16], reference: npt.NDArray[np.int16]) -> bool:
        """Whether this block of 160 samples holds a voice. `reference`: what we played meanwhile."""
        block = np.ascontiguousarray(block, dtype=np.int16)
        energy = _energy(block)
        self._energies.append(energy)
        voice = self._patient.is_speech(block.tobytes(), _SAMPLE_RATE) and energy > _QUIETEST_ENERGY
        beside = self._beside_ours.feed(block, reference)
        clear = (beside if reference.any() else voice) and energy > self._SWELL * min(self._energies)
        self._since = 0 if clear else self._since + 1
        return self._since < self._HANG_OVER


def _energy(block: npt.NDArray[np.int16]) -> float:
    wide = block.astype(np.float32)
    return float(np.dot(wide, wide))


class ResidualEcho:
    """How much of our own voice the canceller lately leaves, block by block, as a ratio to what we played.

    A block far above that ratio is somebody else's voice; it and the second after it teach nothing (but for 0.05 dB a
    second, so that a changed line is got used to). Before the canceller has converged the ratio is high, and only a
    loud caller counts.
    """

    _START_DB: Final = -8.0
    _CLEAR_DB: Final = 13.0
    _FOREIGN_DB: Final = 9.0
    _FOREIGN_BLOCKS: Final = 50
    _DOWN: Final = 0.1
    _UP: Final = 0.02
    _CREEP_DB: Final = 0.001
    _TAIL: Final = 5  # blocks: the hybrid's and the canceller's reach

    def __init__(self) -> None:
        self._ratio_db = self._START_DB
        self._played = [0.0] * self._TAIL
        self._at = 0
        self._foreign = 0

    def exceeded(self, energy: float, reference: npt.NDArray[np.int16] | None) -> bool:
        """Whether a block of this energy holds more than our own echo."""
        played = 0.0 if reference is None else _energy(reference)
        self._played[self._at] = played
        self._at = (self._at + 1) % self._TAIL
        loudest = max(self._played)
        if loudest < _SOFTEST_ENERGY:
            return True
        ratio_db = 10.0 * math.log10(max(energy, 1.0) / loudest)
        above = ratio_db - self._ratio_db
        if above >= self._FOREIGN_DB:
            self._foreign = self._FOREIGN_BLOCKS
            self._ratio_db += self._CREEP_DB
        elif self._foreign:
            self._foreign -= 1
        else:
            self._ratio_db += above * (self._UP if above > 0.0 else self._DOWN)
        return above >= self._CLEAR_DB


class EndOfSpeech:
    """The end of an utterance: speech was heard, then silence for `silence_s`.

    Single blocks of noise neither start an utterance (it takes `START_BLOCKS` of five) nor hold it open.
    """

    START_BLOCKS: Final = 3
    _WINDOW: Final = 5

    def __init__(self, silence_s: float) -> None:
        if not 0.02 <= silence_s <= 60.0:
            raise ValueError(f"end of speech after {silence_s!r} s of silence: expected 0.02 to 60")
        self._silence_blocks = round(silence_s * _SAMPLE_RATE / BLOCK)
        self.reset()

    def reset(self) -> None:
        """Wait for the next utterance."""
        self.speaking = False
        self.quiet_s = 0.0
        """Seconds since the last voice (or since the start)."""
        self.voice_s = 0.0
        """Seconds of voice so far in this utterance."""
        self._recent = 0  # one bit a block, the newest lowest
        self._quiet = 0

    def feed(self, voice: bool) -> bool:
        """One block's answer; true exactly once, at the block where the utterance is over."""
        self._recent = (self._recent << 1 | voice) & ((1 << self._WINDOW) - 1)
        heard = self._recent.bit_count() >= self.START_BLOCKS
        if voice:
            self.voice_s += BLOCK / _SAMPLE_RATE
        if voice and (heard or (self.speaking and self._recent & 0b110)):
            self._quiet = 0
            self.speaking = True
        else:
            self._quiet += 1
        self.quiet_s = self._quiet * BLOCK / _SAMPLE_RATE
        if self.speaking and self._quiet >= self._silence_blocks:
            self.speaking = False
            self.voice_s = 0.0
            return True
        return False
