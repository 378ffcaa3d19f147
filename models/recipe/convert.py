"""Moonshine tiny's encoder as TFLite: read from the package's `.ort`, rebuilt in torch, converted, int8 where safe.

Run once on Debian 13 (or a large machine), in an environment with its torch 2.6, `litert-torch==0.9.0`,
`torchao==0.12.0`, `onnx` and `onnxruntime`; `make train` does without, the result is committed by its SHA-256:

    python models/recipe/convert.py encoder_model.ort OUT.tflite

Only fully connected layers become int8 (weights; activations stay float): the convolutions on the waveform do not
survive it. The window is `WINDOW` samples at 16 kHz in, 82 frames of 288 out.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional

Array = npt.NDArray[Any]

WINDOW = 32000
HEADS, WIDTH, LAYERS, TURNED = 8, 36, 6, 32


class Layer(nn.Module):  # type: ignore[misc]
    """One transformer layer: attention with half of it turned by position, then two linear layers."""

    def __init__(self, weights: dict[str, Array], name: str, cos: torch.Tensor, sin: torch.Tensor) -> None:
        super().__init__()
        size = HEADS * WIDTH
        for part in ("q_proj", "k_proj", "v_proj", "o_proj"):
            setattr(self, part, _linear(weights[f"{name}.self_attn.{part}"]))
        self.fc1 = _linear(weights[f"{name}.mlp.fc1"], weights[f"{name}.mlp.fc1.bias"])
        self.fc2 = _linear(weights[f"{name}.mlp.fc2"], weights[f"{name}.mlp.fc2.bias"])
        self.before, self.after = nn.LayerNorm(size, bias=False), nn.LayerNorm(size, bias=False)
        self.before.weight.data = _tensor(weights[f"{name}.input_layernorm.weight"])
        self.after.weight.data = _tensor(weights[f"{name}.post_attention_layernorm.weight"])
        self.register_buffer("cos", cos)
        self.register_buffer("sin", sin)
        swap = torch.zeros(WIDTH, WIDTH)  # (a, b) -> (-b, a) for each pair, as one matrix: no strided slices to convert
        for pair in range(0, TURNED, 2):
            swap[pair + 1, pair], swap[pair, pair + 1] = -1.0, 1.0
        self.register_buffer("swap", swap)

    def _turn(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.cos + torch.matmul(x, self.swap) * self.sin

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.before(x)
        q, k, v = (
            part(h).reshape(1, -1, HEADS, WIDTH).transpose(1, 2) for part in (self.q_proj, self.k_proj, self.v_proj)
        )
        weight = torch.softmax(torch.matmul(self._turn(q), self._turn(k).transpose(2, 3)) * WIDTH**-0.5, dim=-1)
        mixed = torch.matmul(weight, v).transpose(1, 2).reshape(1, -1, HEADS * WIDTH)
        x = x + self.o_proj(mixed)
        return x + self.fc2(functional.gelu(self.fc1(self.after(x))))


class Encoder(nn.Module):  # type: ignore[misc]
    """Waveform [1, WINDOW] to frames [1, 82, 288]."""

    def __init__(self, weights: dict[str, Array]) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, 288, 127, 64, bias=False)
        self.conv2 = nn.Conv1d(288, 576, 7, 3)
        self.conv3 = nn.Conv1d(576, 288, 3, 2)
        for name, conv in (("conv1", self.conv1), ("conv2", self.conv2), ("conv3", self.conv3)):
            conv.weight.data = _tensor(weights[f"{name}.weight_add_tensor"])
            if conv.bias is not None:
                conv.bias.data = _tensor(weights[f"{name}.bias"])
        self.scale = nn.Parameter(_tensor(weights["onnx::Mul_2080"])[None])
        self.shift = nn.Parameter(_tensor(weights["onnx::Add_2081"])[None])
        frames = (((WINDOW - 127) // 64 + 1 - 7) // 3 + 1 - 3) // 2 + 1
        angle = torch.arange(frames)[:, None] * _tensor(weights["onnx::Expand_202"]).reshape(1, -1)
        cos, sin = torch.ones(frames, WIDTH), torch.zeros(frames, WIDTH)
        cos[:, :TURNED] = angle.cos().repeat_interleave(2, dim=1)
        sin[:, :TURNED] = angle.sin().repeat_interleave(2, dim=1)
        self.layers = nn.ModuleList(Layer(weights, f"layers.{n}", cos, sin) for n in range(LAYERS))
        self.last = nn.LayerNorm(HEADS * WIDTH, bias=False)
        self.last.weight.data = _tensor(weights["layer_norm.weight"])

    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        x = torch.tanh(self.conv1(sound[:, None]))
        x = x - x.mean(dim=(1, 2), keepdim=True)
        x = x / torch.sqrt((x * x).mean(dim=(1, 2), keepdim=True) + 1e-5)
        x = functional.gelu(self.conv2(x * self.scale + self.shift))
        x = functional.gelu(self.conv3(x)).transpose(1, 2)
        for layer in self.layers:
            x = layer(x)
        return self.last(x)


def _tensor(array: Array) -> torch.Tensor:
    return torch.from_numpy(np.array(array, dtype=np.float32, order="C"))  # the converter writes memory as it lies


def _linear(weight: Array, bias: Array | None = None) -> nn.Linear:
    made = nn.Linear(*weight.shape, bias=bias is not None)
    made.weight.data = _tensor(weight.T)
    if bias is not None:
        made.bias.data = _tensor(bias)
    return made


def weights_of(ort: Path) -> dict[str, Array]:
    """All weights of the `.ort` file by name; quantised ones made float again, under the name of their layer."""
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.optimized_model_filepath = f"{folder}/encoder.onnx"
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.add_session_config_entry("session.save_model_format", "ONNX")
        onnxruntime.InferenceSession(str(ort), options)
        graph: Any = onnx.load(options.optimized_model_filepath).graph
    found = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type in ("MatMulIntegerToFloat", "DynamicQuantizeMatMul"):
            inputs = list(node.input)
            whole = inputs.index(next(name for name in inputs if name.endswith("_quantized") and name in found))
            step = next(found[name] for name in inputs if name.endswith("_scale") and name in found)
            zero = next(found[name] for name in inputs if name.endswith("_zero_point") and name in found)
            name = node.name.removesuffix("/MatMul_quant").removesuffix("_MatMul").strip("/").replace("/", ".")
            found[name] = (found[inputs[whole]].astype(np.float32) - zero.astype(np.float32)) * step
    return found


def main(ort: Path, out: Path) -> None:
    """Converts, compares with the original, writes."""
    import litert_torch
    from ai_edge_quantizer import quantizer

    encoder = Encoder(weights_of(ort)).eval()
    rng = np.random.default_rng(1)
    sound = (rng.normal(0, 0.05, (1, WINDOW)) * np.hanning(WINDOW)).astype(np.float32)
    with torch.no_grad():
        rebuilt = encoder(torch.from_numpy(sound)).numpy()
    session = onnxruntime.InferenceSession(str(ort))
    original = session.run(None, {"input_values": sound, "attention_mask": np.ones((1, WINDOW), np.int64)})[0]
    print("rebuilt against original, cosine", _cosine(rebuilt, original), file=sys.stderr)
    exact = out.with_suffix(".float.tflite")
    litert_torch.convert(encoder, (torch.from_numpy(sound),)).export(str(exact))
    small = quantizer.Quantizer(str(exact))
    small.update_quantization_recipe(
        regex=".*",
        operation_name="FULLY_CONNECTED",
        op_config=recipe_config(),
        algorithm_key="min_max_uniform_quantize",
    )
    small.quantize().export_model(str(out), overwrite=True)


def recipe_config() -> Any:
    """Weights int8 per channel, activations float: what ai-edge-quantizer calls dynamic."""
    from ai_edge_quantizer import qtyping

    return qtyping.OpQuantizationConfig(
        weight_tensor_config=qtyping.TensorQuantizationConfig(
            num_bits=8, symmetric=True, granularity=qtyping.QuantGranularity.CHANNELWISE
        ),
        compute_precision=qtyping.ComputePrecision.INTEGER,
    )


def _cosine(a: Array, b: Array) -> float:
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
