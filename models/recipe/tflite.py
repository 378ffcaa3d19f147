"""Writes a trained head as a TFLite file by hand: operators of their first versions, which all runtimes have."""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

from models.recipe.head import KERNEL, STRIDE

Floats = npt.NDArray[np.float32]


class _Graph:
    """A TFLite graph that grows: `tensor` and `constant` give tensor numbers, `add` an operator."""

    def __init__(self) -> None:
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.description = "Frontdesk head"
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes = []
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.model.subgraphs = [self.graph]

    def tensor(self, name: str, shape: tuple[int, ...], kind: int = schema.TensorType.FLOAT32, buffer: int = 0) -> int:
        made = schema.TensorT()
        made.name, made.shape, made.type, made.buffer = name, list(shape), kind, buffer
        self.graph.tensors.append(made)
        return len(self.graph.tensors) - 1

    def constant(self, name: str, value: npt.NDArray[Any]) -> int:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(value).tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        kind = schema.TensorType.INT32 if value.dtype == np.int32 else schema.TensorType.FLOAT32
        return self.tensor(name, value.shape, kind, len(self.model.buffers) - 1)

    def add(self, code: str, inputs: list[int], name: str, shape: tuple[int, ...], options: Any = None) -> int:
        row = schema.OperatorCodeT()
        number = getattr(schema.BuiltinOperator, code)
        row.builtinCode, row.deprecatedBuiltinCode, row.version = number, min(number, 127), 1
        self.model.operatorCodes.append(row)
        made = schema.OperatorT()
        made.opcodeIndex = len(self.model.operatorCodes) - 1
        made.inputs, made.outputs = inputs, [self.tensor(name, shape)]
        if options is not None:
            made.builtinOptions = options
            made.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        self.graph.operators.append(made)
        return int(made.outputs[0])

    def bytes(self, source: int, result: int) -> bytes:
        self.graph.inputs, self.graph.outputs = [source], [result]
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def head(weights: dict[str, Floats], mean: Floats, spread: Floats, frames: int) -> bytes:
    """The file of a head for `frames` frames: frames as the encoder gives them in, one score a label out."""
    w1 = weights["w1"] / spread[None, :, None]
    b1 = weights["b1"] - (w1 * mean[None, :, None]).sum(axis=(0, 1))
    graph = _Graph()
    channels = int(w1.shape[1])
    source = graph.tensor("frames", (1, frames, channels))
    shape = graph.constant("shape", np.array([1, frames, 1, channels], np.int32))
    x = graph.add("RESHAPE", [source, shape], "seen", (1, frames, 1, channels), schema.ReshapeOptionsT())
    for name, w, b, stride in (("first", w1, b1, STRIDE), ("second", weights["w2"], weights["b2"], 1)):
        frames = (frames - KERNEL) // stride + 1
        options = schema.Conv2DOptionsT()
        options.padding, options.strideW, options.strideH = schema.Padding.VALID, 1, stride
        options.fusedActivationFunction = schema.ActivationFunctionType.RELU
        filters = graph.constant(f"{name} weights", w.transpose(2, 0, 1)[:, :, None, :].astype(np.float32))
        x = graph.add(
            "CONV_2D",
            [x, filters, graph.constant(f"{name} bias", b.astype(np.float32))],
            name,
            (1, frames, 1, b.size),
            options,
        )
    axes = graph.constant("axes", np.array([1, 2], np.int32))
    width = int(weights["b2"].size)
    pooled = [
        graph.add(code, [x, axes], code.lower(), (1, width), schema.ReducerOptionsT())
        for code in ("MEAN", "REDUCE_MAX")
    ]
    joined = graph.add("CONCATENATION", pooled, "pooled", (1, 2 * width), _joined())
    last = [graph.constant("last weights", weights["w3"].T), graph.constant("last bias", weights["b3"])]
    result = graph.add(
        "FULLY_CONNECTED", [joined, *last], "scores", (1, weights["b3"].size), schema.FullyConnectedOptionsT()
    )
    return graph.bytes(source, result)


def _joined() -> Any:
    options = schema.ConcatenationOptionsT()
    options.axis = 1
    return options
