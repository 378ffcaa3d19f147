"""One way to run a TFLite model: `ai-edge-litert`, or on Python 3.11 its forerunner `tflite-runtime`.

`RUNTIME` names the one in use, empty where there is none. tflite-runtime loads int8 files of a newer converter and
answers nonsense without a word, so nothing here is believed before a self-check (`models.spotter`) has compared
what a model says of a stored clip.
"""

from __future__ import annotations

import importlib
import types
from typing import Any

import numpy as np
import numpy.typing as npt

from models.files import ModelError, content

Floats = npt.NDArray[np.float32]


def _runtime() -> tuple[str, types.ModuleType | None]:
    for name, module in (
        ("ai-edge-litert", "ai_edge_litert.interpreter"),
        ("tflite-runtime", "tflite_runtime.interpreter"),
    ):
        try:
            return name, importlib.import_module(module)
        except ImportError:
            continue
    return "", None


RUNTIME, _MODULE = _runtime()


class Net:
    """A model with one input and one output, one thread; `net(x)` gives the output as a fresh array.

    Not to be called from two threads at once. `shape`: the input's, where the file leaves it open. Raises ModelError
    when the file is not right or the runtime refuses it.
    """

    def __init__(self, name: str, shape: tuple[int, ...] | None = None) -> None:
        if _MODULE is None:
            raise ModelError("no TFLite runtime: install ai-edge-litert (make setup does)")
        data = content(name)
        try:
            self._net: Any = _MODULE.Interpreter(model_content=data, num_threads=1)
            self._in = self._net.get_input_details()[0]["index"]
            if shape is not None:
                self._net.resize_tensor_input(self._in, list(shape))
            self._net.allocate_tensors()
            self._out = self._net.get_output_details()[0]["index"]
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{name}: {RUNTIME} refuses it: {error}") from error
        self.shape = tuple(int(n) for n in self._net.get_input_details()[0]["shape"])

    def __call__(self, x: Floats) -> Floats:
        """The answer to `x`, which must have the input's shape."""
        self._net.set_tensor(self._in, x)
        self._net.invoke()
        return np.array(self._net.get_tensor(self._out), dtype=np.float32)
