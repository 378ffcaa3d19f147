"""A head: two convolutions over an encoder's frames, mean and maximum over time, one linear layer. Trained with JAX.

Small on purpose (a quarter of a million weights): the encoder knows speech, the head only which words there are. The
frames' mean and spread are folded into the first convolution when it is written out (`models.recipe.tflite`).
"""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax

Floats = npt.NDArray[np.float32]
Weights = dict[str, Any]

WIDTHS = {"google": (128, 160), "moonshine": (96, 128)}
"""Channels of the two convolutions by encoder."""
KERNEL, STRIDE = 3, 2
_SMOOTHING = 0.05
_BATCH = 128


@dataclass(frozen=True, slots=True)
class Frames:
    """Windows to learn from: float16 frames [n, time, channels], label numbers, and how much each counts."""

    x: npt.NDArray[np.float16]
    y: npt.NDArray[np.int32]
    weight: Floats


def logits(weights: Weights, x: Any, keep: Any = None) -> Any:
    """Scores [batch, labels] of standardised frames [batch, time, channels]; `keep` drops features in training."""
    h = jax.nn.relu(_conv(x, weights["w1"], weights["b1"], STRIDE))
    h = jax.nn.relu(_conv(h, weights["w2"], weights["b2"], 1))
    pooled = jnp.concatenate((h.mean(axis=1), h.max(axis=1)), axis=1)
    if keep is not None:
        pooled = pooled * keep
    return pooled @ weights["w3"] + weights["b3"]


def _conv(x: Any, w: Any, b: Any, stride: int) -> Any:
    """A convolution over time as one matrix product; `w`: [kernel, channels in, channels out]."""
    out = (x.shape[1] - KERNEL) // stride + 1
    taps = [x[:, k : k + (out - 1) * stride + 1 : stride] for k in range(KERNEL)]
    return jnp.concatenate(taps, axis=2) @ w.reshape(-1, w.shape[2]) + b


def start(channels: int, widths: tuple[int, int], labels: int, seed: int) -> Weights:
    """Fresh weights."""
    chance = np.random.default_rng(seed)

    def made(*shape: int) -> Floats:
        return chance.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape).astype(np.float32)

    first, second = widths
    return {
        "w1": made(KERNEL, channels, first),
        "b1": np.zeros(first, np.float32),
        "w2": made(KERNEL, first, second),
        "b2": np.zeros(second, np.float32),
        "w3": made(2 * second, labels) * np.float32(0.3),
        "b3": np.zeros(labels, np.float32),
    }


def train(frames: Frames, encoder: str, labels: int, epochs: int, seed: int) -> tuple[Weights, Floats, Floats]:
    """The weights after `epochs` passes, with the frames' mean and spread that they expect. Seeded."""
    some = frames.x[:: max(1, len(frames.x) // 2000)].astype(np.float32)
    mean, spread = some.mean(axis=(0, 1)), some.std(axis=(0, 1)) + 1e-3
    weights = start(frames.x.shape[2], WIDTHS[encoder], labels, seed)
    batches = len(frames.x) // _BATCH
    rate = optax.warmup_cosine_decay_schedule(0.0, 2e-3, batches, epochs * batches)
    optimiser = optax.adamw(rate, weight_decay=2e-3)
    state = optimiser.init(weights)
    chance = np.random.default_rng(seed)

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def step(weights: Weights, state: Any, x: Any, y: Any, weight: Any, keep: Any) -> tuple[Weights, Any, Any]:
        def loss(weights: Weights) -> Any:
            goal = jax.nn.one_hot(y, labels) * (1 - _SMOOTHING) + _SMOOTHING / labels
            return (optax.softmax_cross_entropy(logits(weights, x, keep), goal) * weight).sum() / weight.sum()

        value, slope = jax.value_and_grad(loss)(weights)
        change, state = optimiser.update(slope, state, weights)
        return optax.apply_updates(weights, change), state, value

    for epoch in range(epochs):
        order, total = chance.permutation(len(frames.x)), 0.0
        for n in range(batches):
            pick = np.sort(order[n * _BATCH : (n + 1) * _BATCH])
            x = _disturbed((frames.x[pick].astype(np.float32) - mean) / spread, chance)
            keep = (chance.random((_BATCH, weights["w3"].shape[0])) < 0.75).astype(np.float32) / np.float32(0.75)
            weights, state, value = step(weights, state, x, frames.y[pick], frames.weight[pick], keep)
            total += float(value)
        print(f"{encoder}: epoch {epoch + 1} of {epochs}, loss {total / batches:.3f}", file=sys.stderr, flush=True)
    return {name: np.asarray(value) for name, value in weights.items()}, mean, spread


def _disturbed(x: Floats, chance: np.random.Generator) -> Floats:
    """Frames shifted a little in time, a stretch of time and of channels blanked out, a little noise."""
    time, channels = x.shape[1:]
    reach = max(1, time // 20)
    for row, shift in zip(x, chance.integers(-reach, reach + 1, len(x)), strict=True):
        row[:] = np.roll(row, shift, axis=0)
        at = int(chance.integers(0, time))
        row[at : at + int(chance.integers(0, time // 10 + 1))] = 0.0
        at = int(chance.integers(0, channels))
        row[:, at : at + int(chance.integers(0, channels // 10))] = 0.0
    return x + chance.standard_normal(x.shape, np.float32) * np.float32(0.1)
