"""Moonshine tiny's own encoder and decoder in onnxruntime: how likely a text is, and what text is likeliest.

Any length of sound at 16 kHz; one thread, some tens of milliseconds a second of speech. The only place where the box
needs onnxruntime: no TFLite form of the decoder exists. Used in processes of their own, never in the supervisor.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.files import ModelError, content
from models.names.tokens import END, START, Tokens

Floats = npt.NDArray[np.float32]

RATE: Final = 16000
_LAYERS, _HEADS, _WIDTH = 6, 8, 36
_FRAME = 384  # samples a frame of the encoder stands for


class Decoder:
    """Loads both files. Raises ModelError where they or onnxruntime are missing."""

    def __init__(self) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ModelError("no onnxruntime: names and draft texts need it (make setup installs it)") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._listen: Any = onnxruntime.InferenceSession(content("moonshine_listener"), options)
        self._tell: Any = onnxruntime.InferenceSession(content("moonshine_decoder"), options)
        self._names = [output.name for output in self._tell.get_outputs()]
        self.tokens = Tokens()

    def hear(self, sound: Floats) -> Floats:
        """Frames [1, n, 288] of a sound at 16 kHz between -1 and 1, at least a tenth of a second."""
        mask = np.ones((1, sound.size), np.int64)
        frames: Floats = self._listen.run(None, {"input_values": sound[None], "attention_mask": mask})[0]
        return frames

    def likelihoods(self, frames: Floats, texts: list[list[int]]) -> Floats:
        """Log P(text and its end | sound) of each text (tokens), all in one pass."""
        longest = max(len(text) for text in texts) + 1
        asked = np.full((len(texts), longest), END, np.int64)
        goal = np.full((len(texts), longest), -1, np.int64)
        for row, text in enumerate(texts):
            asked[row, : len(text) + 1] = [START, *text]
            goal[row, : len(text) + 1] = [*text, END]
        scores = self._run(np.repeat(frames, len(texts), axis=0), asked, None)["logits"]
        log = scores - scores.max(axis=2, keepdims=True)
        log -= np.log(np.exp(log).sum(axis=2, keepdims=True))
        picked = np.take_along_axis(log, np.maximum(goal, 0)[:, :, None], axis=2)[:, :, 0]
        total: Floats = np.where(goal >= 0, picked, 0.0).sum(axis=1)
        return total

    def following(self, frames: Floats, starts: list[tuple[int, ...]]) -> Floats:
        """Log P(next token | sound, start) [starts, tokens]; all starts are equally long."""
        asked = np.array([[START, *start] for start in starts], np.int64)
        scores = self._run(np.repeat(frames, len(starts), axis=0), asked, None)["logits"][:, -1]
        log: Floats = scores - scores.max(axis=1, keepdims=True)
        log -= np.log(np.exp(log).sum(axis=1, keepdims=True))
        return log

    def write(self, frames: Floats, most: int) -> tuple[str, float]:
        """The likeliest text, word by word, at most so many tokens; and its mean log-probability a token."""
        made: list[int] = []
        total, past, token = 0.0, None, START
        for _ in range(most):
            out = self._run(frames, np.array([[token]], np.int64), past)
            scores = out["logits"][0, -1]
            token = int(scores.argmax())
            total += float(scores[token] - np.log(np.exp(scores - scores.max()).sum()) - scores.max())
            if token == END:
                break
            made.append(token)
            past = self._kept(out, past)
        return self.tokens.text(made), total / max(1, len(made))

    def _run(self, frames: Floats, asked: npt.NDArray[np.int64], past: dict[str, Floats] | None) -> dict[str, Any]:
        feeds: dict[str, Any] = {
            "input_ids": asked,
            "encoder_hidden_states": frames,
            "encoder_attention_mask": np.ones((frames.shape[0], frames.shape[1] * _FRAME), np.int64),
            "use_cache_branch": np.array([past is not None]),
        }
        empty = np.zeros((frames.shape[0], _HEADS, 0, _WIDTH), np.float32)
        for layer in range(_LAYERS):
            for side in ("decoder", "encoder"):
                for part in ("key", "value"):
                    name = f"{layer}.{side}.{part}"
                    feeds[f"past_key_values.{name}"] = empty if past is None else past[name]
        return dict(zip(self._names, self._tell.run(None, feeds), strict=True))

    def _kept(self, out: dict[str, Any], past: dict[str, Floats] | None) -> dict[str, Floats]:
        """What the next step needs; the sound's own keys and values stay those of the first step."""
        kept = {name.removeprefix("present."): value for name, value in out.items() if name.startswith("present.")}
        if past is not None:
            kept |= {name: value for name, value in past.items() if ".encoder." in name}
        return kept
