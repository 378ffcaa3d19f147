"""Kokoro-82M: a voice for training clips. Apache-2.0 weights, int8 ONNX in four packages, style tables in a fifth.

Training only, never on the box. Each clip is spoken by a blend of two of the 28 English style tables, a little
disturbed, at a speed of its own: every clip is a person nobody has heard. Phonemes come from espeak-ng.
"""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 24000
"""Samples a second of what it speaks."""

_SYMBOLS = (
    "$" + ';:,.!?¡¿—…"«»“” ' + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    "ɑɐɒæɓʙβɔɕçɗɖðʤəɘɚɛɜɝɞɟʄɡɠɢʛɦɧħɥʜɨɪʝɭɬɫɮʟɱɯɰŋɳɲɴøɵɸθœɶʘɹɺɾɻʀʁɽʂʃʈʧʉʊʋⱱʌɣɤʍχʎʏʑʐʒʔʡʕʢǀǁǂǃˈˌːˑʼʴʰʱʲʷˠˤ˞↓↑→↗↘'̩'ᵻ"
)
"""StyleTTS 2's symbols, each at its number; those that Kokoro never learnt stay silent."""

_NUMBERS = {symbol: number for number, symbol in enumerate(_SYMBOLS)}
_ENGLISH = {"en-us": "a", "en-gb": "b"}
_FRENCH = {"fr-fr": "f"}
_JITTER = 0.06


@functools.cache
def phonemes(text: str, accent: str) -> str:
    """The text in IPA as espeak-ng reads it in this accent (`en-us`, `en-gb`, `fr-fr`)."""
    asked = ["espeak-ng", "-q", "--ipa", "-v", accent, text]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return " ".join(said.replace("t͡ʃ", "ʧ").replace("tʃ", "ʧ").replace("dʒ", "ʤ").split())


class Kokoro:
    """`speak(text, seed)` gives float samples at 24 kHz; the same seed, the same clip."""

    def __init__(self, model: Path, styles: Path) -> None:
        """`model`: the four parts joined; `styles`: the folder of the style tables (`af_heart.bin` ...)."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._model = onnxruntime.InferenceSession(str(model), options)
        self._tables: dict[str, list[npt.NDArray[np.float32]]] = {}
        for accent, letter in {**_ENGLISH, **_FRENCH}.items():
            files = sorted(styles.glob(f"{letter}[fm]_*.bin"))
            self._tables[accent] = [np.fromfile(file, np.float32).reshape(-1, 256) for file in files]

    def speak(self, text: str, seed: tuple[int, ...], language: str = "en") -> npt.NDArray[np.float32]:
        """The text by a voice of its own."""
        chance = np.random.default_rng(seed)
        accent = str(chance.choice(sorted(_ENGLISH if language == "en" else _FRENCH)))
        tokens = [0, *(_NUMBERS[sound] for sound in phonemes(text, accent) if sound in _NUMBERS), 0]
        style = self._style(accent, len(tokens), chance)
        speed = np.array([chance.uniform(0.8, 1.3)], np.float32)
        asked = {"tokens": np.array([tokens], np.int64), "style": style, "speed": speed}
        spoken: npt.NDArray[np.float32] = self._model.run(None, asked)[0].reshape(-1)
        return spoken

    def _style(self, accent: str, length: int, chance: np.random.Generator) -> npt.NDArray[np.float32]:
        tables = self._tables[accent]
        if len(tables) == 1:  # French has one voice: blended with the English ones, its accent stays
            tables = tables + self._tables["en-us"]
            pair, share = (0, int(chance.integers(1, len(tables)))), chance.uniform(0.0, 0.35)
        else:
            pair, share = tuple(chance.choice(len(tables), 2, replace=False)), chance.uniform(0.0, 0.5)
        first, second = (tables[which][length] for which in pair)
        blend = (1 - share) * first + share * second
        blend = blend + chance.normal(0.0, _JITTER, blend.shape) * np.abs(blend)
        style: npt.NDArray[np.float32] = blend[None].astype(np.float32)
        return style
