"""When somebody has said something: the end-pointer, cheap enough for the 20 ms tick.

`EndPointer.feed(block, voice)` takes what the port already knows (one block, and whether it holds a voice) and gives an
`Utterance` in the block where the speaker has been silent for HANGOVER_S. It keeps the last seconds in a ring, nothing
else; what the words are is decided elsewhere (`models.spotter`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.voice import BLOCK, QUIET_LINE, EndOfSpeech, VoiceDetector

Samples = npt.NDArray[np.int16]

RATE: Final = 8000
HANGOVER_S: Final = 0.24
"""Silence after which an utterance is over."""
LEAD: Final = 3200
"""Samples before the end-pointer noticed that are given along: a soft first consonant lies there."""
LONGEST: Final = 8 * RATE
"""Samples of an utterance that are kept, the last ones: a telephone number in one breath."""
ALONE_S: Final = 10.0
"""Longer than this nobody looks back."""

_VOICE_DB: Final = 3.0  # what the detector takes for a voice must stand out so far
_BEGINS_DB: Final = 9.0  # a block so far above the line's noise counts as voice, though the detector made out none,
_HOLDS_DB: Final = 6.0  # and one so far above it holds an utterance open
_FLOOR_RISE: Final = 0.05  # share of the way to a louder block that the noise is taken to have grown
_FLOOR_FALL: Final = 0.2
_SOFTEST_FLOOR: Final = 42.0  # a quiet line's noise, 10 log10 of a block's energy: a lost block tells nothing of it
_LOUDEST_FLOOR: Final = 74.0  # in the first blocks only what is louder is somebody's voice
_YOUNG: Final = 8


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said between two silences.

    `sound`: 8 kHz, from LEAD before the end-pointer noticed up to the decision, at most LONGEST; `start`, `end`: sample
    numbers of its first and last speech in the stream; `decided`: the sample at which it was over; `voice_s`: seconds
    of voice in it; `alone_s`: seconds since the utterance before it, at most ALONE_S. A word of a menu is said alone,
    one out of running speech hardly ever.
    """

    sound: Samples
    start: int
    end: int
    decided: int
    voice_s: float
    alone_s: float = ALONE_S

    @property
    def seconds(self) -> float:
        """From the first speech to the last."""
        return (self.end - self.start) / RATE


class EndPointer:
    """Cuts one port's audio into utterances. Never fails on audio; `reset` forgets what was heard."""

    def __init__(self) -> None:
        self._ring = np.zeros(LONGEST + LEAD, np.int16)
        self._end = EndOfSpeech(HANGOVER_S)
        self.reset()

    def reset(self) -> None:
        """Start over, at sample 0."""
        self._ring[:] = 0
        self._end.reset()
        self._now = 0
        self._floor_db = _SOFTEST_FLOOR
        self._blocks = 0
        self._noticed: int | None = None
        self._before: int | None = None
        self._voice = 0.0

    @property
    def speaking(self) -> bool:
        """Whether somebody is in the middle of an utterance."""
        return self._end.speaking

    def since(self, sample: int) -> Samples:
        """The utterance in progress from its sample `sample` on, so that it can be heard while it lasts."""
        size = 0 if self._noticed is None else min(self._now - self._noticed + LEAD, self._now)
        return self._ring[self._ring.size - min(size, LONGEST) + min(sample, size, LONGEST) :].copy()

    def feed(self, block: Samples, voice: bool) -> Utterance | None:
        """The next 160 samples; an utterance where one is over with them."""
        self._ring[:-BLOCK] = self._ring[BLOCK:]
        self._ring[-BLOCK:] = block
        self._now += BLOCK
        over = self._end.feed(self._counts(block, voice))
        if self._end.speaking:
            self._voice = self._end.voice_s
            if self._noticed is None:
                self._noticed = self._now
        if not over or self._noticed is None:
            return None
        started, self._noticed = self._noticed, None
        length = min(self._now - started + LEAD, LONGEST, self._now)
        start, end = max(0, started - EndOfSpeech.START_BLOCKS * BLOCK), self._now - round(HANGOVER_S * RATE)
        alone = ALONE_S if self._before is None else min(ALONE_S, (start - self._before) / RATE)
        self._before = end
        return Utterance(self._ring[-length:].copy(), start, end, self._now, self._voice, alone)

    def _counts(self, block: Samples, voice: bool) -> bool:
        """Whether a block counts as speech: by the detector's word and by how far it stands out of the line's noise.

        The detector alone takes a noisy line's first blocks for a voice, and loses a voice in noise.
        """
        wide = block.astype(np.float32)
        level = 10.0 * math.log10(float(np.dot(wide, wide)) + 1.0)
        self._blocks += 1
        above = level - self._floor_db
        rise = max(_FLOOR_RISE, 1.0 / self._blocks)
        self._floor_db += (_FLOOR_FALL if above < 0.0 else rise / 5.0 if self._end.speaking else rise) * above
        self._floor_db = max(self._floor_db, _SOFTEST_FLOOR)
        if self._end.speaking:
            return voice or above > _HOLDS_DB
        if self._blocks <= _YOUNG:
            return voice and level > _LOUDEST_FLOOR
        return above > (_VOICE_DB if voice else _BEGINS_DB)


def utterances(sound: Samples, prompt: Samples | None = None) -> list[Utterance]:
    """All utterances of a recording, as the box would cut it while it came in; an open one at its end is lost.

    `prompt`: what the box played meanwhile, as long as the sound.
    """
    voices, pointer = VoiceDetector(QUIET_LINE), EndPointer()
    found = []
    for at in range(0, sound.size - BLOCK + 1, BLOCK):
        block = sound[at : at + BLOCK]
        played = None if prompt is None else prompt[at : at + BLOCK]
        if (utterance := pointer.feed(block, voices.feed(block, played))) is not None:
            found.append(utterance)
    return found
