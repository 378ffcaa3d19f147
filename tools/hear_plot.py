"""A picture of what the line driver heard: waveform, spectrogram, and a lane for each kind of fact.

Stateless; one picture, however long the sound: a column of pixels holds what falls into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from drivers.signals import levels

RATE: Final = 8000
_WIDE, _LEFT, _RIGHT = 1400, 90, 20  # the picture and its margins, pixels
_PLOT: Final = _WIDE - _LEFT - _RIGHT
_WAVE_TOP, _WAVE_HIGH = 50, 150
_SPECTRUM_TOP, _SPECTRUM_HIGH = 220, 260
_LANES_TOP, _LANE_HIGH = 500, 46
_WINDOW: Final = 256  # samples of one spectrum: 32 ms, 31 Hz apart
_FLOOR, _TOP = -70.0, 0.0  # dBm0, black to yellow
_PAPER, _INK, _FAINT = (255, 255, 255), (30, 30, 30), (220, 220, 220)
_WAVE, _MARKS = (46, 94, 170), ((196, 78, 40), (46, 125, 80), (120, 70, 160), (90, 100, 110))
_COLOURS: Final = ((0.0, 0, 0, 4), (0.25, 60, 15, 110), (0.5, 160, 45, 100), (0.75, 240, 110, 35), (1.0, 252, 245, 150))
_STEPS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 18000)

Samples = npt.NDArray[np.int16]
Mark = tuple[float, float, str]
"""A fact: where it begins and ends in seconds, and its word."""


def draw(samples: Samples, lanes: Sequence[tuple[str, Sequence[Mark]]], title: str) -> Image.Image:
    """The picture; a lane is its name and its marks."""
    seconds = max(samples.size, 1) / RATE
    bottom = _LANES_TOP + len(lanes) * _LANE_HIGH + 10
    image = Image.new("RGB", (_WIDE, bottom + 40), _PAPER)
    image.paste(_spectrogram(samples), (_LEFT, _SPECTRUM_TOP))
    pen = ImageDraw.Draw(image)
    small, large = ImageFont.load_default(13), ImageFont.load_default(18)
    shown = "".join(letter if letter.isprintable() else "?" for letter in title)[:100]
    pen.text((_LEFT, 14), f"What the line driver hears in {shown}", _INK, large)
    _grid(pen, small, seconds, bottom)
    _wave(pen, samples)
    pen.text((8, _WAVE_TOP), "waveform\n(full scale)", _INK, small)
    for hertz in range(0, 4001, 1000):
        y = _SPECTRUM_TOP + _SPECTRUM_HIGH - hertz * _SPECTRUM_HIGH // 4000
        pen.text((_LEFT - 8, y), f"{hertz} Hz", _INK, small, anchor="rm")
    for number, (name, marks) in enumerate(lanes):
        top = _LANES_TOP + number * _LANE_HIGH
        pen.text((8, top + _LANE_HIGH // 2), name, _INK, small, anchor="lm")
        _lane(pen, small, top, marks, _MARKS[number % len(_MARKS)], seconds)
    return image


def _grid(pen: ImageDraw.ImageDraw, font: Any, seconds: float, bottom: int) -> None:
    """Lines and labels of the time axis: about ten, at round times."""
    step = next((one for one in _STEPS if one >= seconds / 12), seconds)
    for index in range(int(seconds / step) + 1):
        x = _LEFT + index * step / seconds * _PLOT
        pen.line([(x, _WAVE_TOP), (x, _WAVE_TOP + _WAVE_HIGH)], _FAINT)
        pen.line([(x, _LANES_TOP), (x, bottom)], _FAINT)
        pen.text((x, bottom + 4), f"{index * step:g}", _INK, font, anchor="mt")
    pen.text((_LEFT + _PLOT // 2, bottom + 34), "seconds", _INK, font, anchor="mb")


def _wave(pen: ImageDraw.ImageDraw, samples: Samples) -> None:
    middle = _WAVE_TOP + _WAVE_HIGH // 2
    edges = np.linspace(0, samples.size, _PLOT + 1).astype(int)
    for column in range(_PLOT):
        part = samples[edges[column] : max(edges[column] + 1, edges[column + 1])]
        if part.size:
            top, bottom = (middle - int(value) * _WAVE_HIGH // 65536 for value in (part.max(), part.min()))
            pen.line([(_LEFT + column, top), (_LEFT + column, bottom)], _WAVE)


def _spectrogram(samples: Samples) -> Image.Image:
    """One spectrum a column, from the middle of what falls into it; dBm0 as colour."""
    window = np.hanning(_WINDOW)
    padded = np.pad(samples.astype(np.float32), (_WINDOW // 2, _WINDOW))
    starts = np.linspace(0, max(samples.size - 1, 0), _PLOT).astype(int)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[starts] * window
    amplitude = np.abs(np.fft.rfft(frames, axis=1)) * (2.0 / window.sum())
    level = 20.0 * np.log10(np.maximum(amplitude, 1e-3) / levels.amplitude(0.0))
    shade = np.clip((level - _FLOOR) / (_TOP - _FLOOR), 0.0, 1.0).T[::-1]
    stops = np.array(_COLOURS)
    colours = np.stack([np.interp(shade, stops[:, 0], stops[:, part]) for part in (1, 2, 3)], axis=-1)
    picture = Image.fromarray(colours.astype(np.uint8), "RGB")
    return picture.resize((_PLOT, _SPECTRUM_HIGH), Image.Resampling.BILINEAR)


def _lane(
    pen: ImageDraw.ImageDraw, font: Any, top: int, marks: Sequence[Mark], colour: tuple[int, int, int], seconds: float
) -> None:
    """One row of what was heard; a word is left out where it would lie over the one before."""
    pen.line([(_LEFT, top), (_LEFT + _PLOT, top)], _FAINT)
    free = 0.0
    for start, end, word in marks:
        left = _LEFT + start / seconds * _PLOT
        right = max(left + 2, _LEFT + end / seconds * _PLOT)
        pen.rectangle([left, top + 4, right, top + 20], colour)
        if left >= free:
            pen.text((left, top + 24), word, _INK, font)
            free = left + pen.textlength(word, font) + 4
