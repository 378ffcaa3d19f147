"""pocketsphinx (BSD, its English model in the wheel) with a grammar of single words: the peer of the spotter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from drivers.signals.resample import Resampler

Samples = npt.NDArray[np.int16]


class Words:
    """Recognises one of `words`. Raises ImportError without the package, KeyError for a word it has no sound of."""

    def __init__(self, words: Sequence[str]) -> None:
        from pocketsphinx import Decoder

        self._decoder = Decoder(samprate=16000, loglevel="FATAL", lm=None)
        for word in " ".join(words).split():
            if self._decoder.lookup_word(word) is None:
                raise KeyError(word)
        self._decoder.add_jsgf_string("words", f"#JSGF V1.0; grammar words; public <w> = {' | '.join(words)};")
        self._decoder.activate_search("words")

    def hear(self, sound: Samples) -> str:
        """The word in a sound at 8 kHz, "" for none."""
        self._decoder.start_utt()
        self._decoder.process_raw(Resampler(8000, 16000).process(sound).tobytes(), full_utt=True)
        self._decoder.end_utt()
        heard = self._decoder.hyp()
        return heard.hypstr if heard is not None else ""
