"""What a message says, as a draft: each utterance written down by Moonshine's decoder, one after the other."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.resample import Resampler
from models.endpoint import RATE, utterances
from models.names.decoder import RATE as DECODER_RATE
from models.names.decoder import Decoder

Samples = npt.NDArray[np.int16]

_TOKENS_A_SECOND: Final = 6.5  # more is a decoder that repeats itself
_SHORTEST_S: Final = 0.1
_LEAST: Final = -2.0  # mean log-probability a token; what is less likely is a cough or a door


def write(decoder: Decoder, sound: Samples) -> str:
    """The text of a recording at 8 kHz; empty where nothing was understood. About a fortieth of its length on a PC."""
    parts = []
    for utterance in utterances(np.concatenate((sound, np.zeros(RATE // 2, np.int16)))):
        if utterance.voice_s < _SHORTEST_S:
            continue
        wide = Resampler(RATE, DECODER_RATE).process(utterance.sound).astype(np.float32) / 32768.0
        most = math.ceil(_TOKENS_A_SECOND * utterance.sound.size / RATE) + 2
        text, likely = decoder.write(decoder.hear(wide), most)
        if likely >= _LEAST and text:
            parts.append(text)
    return " ".join(parts)
