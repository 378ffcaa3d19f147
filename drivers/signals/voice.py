"""Voice activity a block, and the end of an utterance from it.

`VoiceDetector` is WebRTC's detector (webrtcvad, BSD) on 20 ms blocks; feed it the echo canceller's output, or our own
prompt is taken for the caller. It holds a few hundred bytes of state for ever and never fails on audio; `reset()`
forgets the line's noise. `EndOfSpeech` turns its answers into "the caller has finished".
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import webrtcvad

BLOCK: Final = 160
"""Samples of one block: 20 ms at 8 kHz."""

QUIET_LINE: Final = 2
NOISY_LINE: Final = 1
"""Aggressiveness: 2 finds 91 % of speech blocks 20 dB above noise, 1 finds 97 % (reference/dsp.md 8)."""

_SAMPLE_RATE: Final = 8000


class VoiceDetector:
    """Says for each block whether it holds a voice. Noise is none; music, modems and dual tones pass for one.

    So gate it with the tone detectors where a line may carry signals.
    """

    def __init__(self, mode: int = QUIET_LINE) -> None:
        if mode not in (0, 1, 2, 3):
            raise ValueError(f"voice detector mode {mode!r}: expected 0 to 3")
        self._mode = mode
        self.reset()

    def reset(self) -> None:
        """Forget everything heard so far."""
        self._detector = webrtcvad.Vad(self._mode)

    def feed(self, block: npt.NDArray[np.int16]) -> bool:
        """Whether this block of 160 samples holds a voice. Raises ValueError on any other length."""
        if block.size != BLOCK:
            raise ValueError(f"voice detector: a block of {block.size} samples, expected {BLOCK}")
        return bool(self._detector.is_speech(np.ascontiguousarray(block, dtype=np.int16).tobytes(), _SAMPLE_RATE))


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
