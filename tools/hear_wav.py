"""WAV files as line audio: one channel, 16 bit, 8 kHz, whatever they were.

16-bit PCM at 8 kHz with one channel is taken as it is. PCM of 8, 24 and 32 bits, float of 32 and 64, mu-law and A-law,
other rates (1 to 192 kHz) and more channels (mixed) are converted, and `Sound.converted` says what was done.

Failure behaviour: a file is anybody's. Every length in it is checked against the bytes that are there, sizes are
bounded, and what cannot be read raises WavError with one line that names file, place and what was expected. A data
chunk that is longer than the file (a recording cut off, or a stream) is heard as far as it goes, and said so.

Source: RIFF/WAVE as in the IBM/Microsoft Multimedia Programming Interface 1.0 and RFC 2361.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals import g711, levels
from drivers.signals.resample import Resampler

Samples = npt.NDArray[np.int16]
Wide = npt.NDArray[np.float32]

RATE: Final = 8000
LARGEST: Final = 1 << 30  # bytes of a file
MOST_CHANNELS: Final = 16
_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_NAMES: Final = {_PCM: "PCM", _FLOAT: "float", _A_LAW: "A-law", _MU_LAW: "mu-law"}
_WIDTHS: Final = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64), _A_LAW: (8,), _MU_LAW: (8,)}
_UNKNOWN_LENGTHS: Final = (0, 0x7FFFFFFF, 0xFFFFFFFF)  # what programs write that do not know the length yet


class WavError(ValueError):
    """The file is no WAV that can be heard; the text names file, place and what was expected."""


@dataclass(frozen=True)
class Sound:
    """A file's sound at 8 kHz. `converted`: sentences about what had to be changed, empty for a native file."""

    samples: Samples
    converted: tuple[str, ...]


@dataclass(frozen=True)
class _Format:
    code: int
    channels: int
    rate: int
    bits: int

    @property
    def frame(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * self.bits // 8


def read(path: Path) -> Sound:
    """The sound of a WAV file. Raises WavError."""
    try:
        if path.exists() and not path.is_file():
            raise WavError(f"{path}: expected a WAV file, it is a folder or a device")
        size = path.stat().st_size
        if size > LARGEST:
            raise WavError(f"{path}: {size} bytes: expected at most {LARGEST}")
        content = path.read_bytes()
    except OSError as error:
        raise WavError(f"{path}: {error.strerror}: expected a WAV file") from error
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise WavError(f"{path}: byte 0: {content[:12]!r}: expected RIFF....WAVE")
    form, data, notes = _chunks(path, content)
    notes += _differences(form)
    return Sound(_line_audio(form, data), tuple(notes))


def _chunks(path: Path, content: bytes) -> tuple[_Format, bytes, list[str]]:
    """The format, the sound's bytes (whole frames), and what is to be said about its length."""
    form: _Format | None = None
    at = 12
    while at + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        body = at + 8
        if name == b"data":
            if form is None:
                raise WavError(f"{path}: byte {at}: data chunk: expected the fmt chunk before it")
            there = len(content) - body
            notes = []
            if length > there or (length in _UNKNOWN_LENGTHS and there):
                notes.append(f"the data chunk says {length} bytes, {there} are there: heard to the end of the file")
                length = there
            return form, content[body : body + length - length % form.frame], notes
        if body + length > len(content):
            raise WavError(
                f"{path}: byte {at}: chunk {name!r} of {length} bytes: expected {len(content) - body} at most"
            )
        if name == b"fmt ":
            form = _format(path, body, content[body : body + length])
        at = body + length + length % 2
    raise WavError(f"{path}: byte {at}: end of file: expected a {'data' if form else 'fmt'} chunk")


def _format(path: Path, at: int, chunk: bytes) -> _Format:
    if len(chunk) < 16:
        raise WavError(f"{path}: byte {at}: fmt chunk of {len(chunk)} bytes: expected 16 or more")
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if code == _EXTENSIBLE and len(chunk) >= 26:
        (code,) = struct.unpack_from("<H", chunk, 24)  # the sub-format's GUID begins with the plain code
    if code not in _WIDTHS:
        raise WavError(f"{path}: byte {at}: format {code}: expected PCM (1), float (3), A-law (6) or mu-law (7)")
    if bits not in _WIDTHS[code]:
        wanted = ", ".join(map(str, _WIDTHS[code]))
        raise WavError(f"{path}: byte {at + 14}: {bits} bits of {_NAMES[code]}: expected {wanted}")
    if not 1 <= channels <= MOST_CHANNELS:
        raise WavError(f"{path}: byte {at + 2}: {channels} channels: expected 1 to {MOST_CHANNELS}")
    if not 1000 <= rate <= 192000:
        raise WavError(f"{path}: byte {at + 4}: {rate} samples a second: expected 1000 to 192000")
    return _Format(code, channels, rate, bits)


def _differences(form: _Format) -> list[str]:
    notes = []
    if (form.code, form.bits) != (_PCM, 16):
        notes.append(f"{form.bits}-bit {_NAMES[form.code]} converted to 16-bit PCM")
    if form.channels > 1:
        notes.append(f"{form.channels} channels mixed to one")
    if form.rate != RATE:
        notes.append(f"{form.rate} samples a second converted to {RATE}")
    return notes


def _line_audio(form: _Format, data: bytes) -> Samples:
    """The bytes as 8 kHz audio, converted a second at a time so that memory stays small."""
    if (form.code, form.bits, form.channels, form.rate) == (_PCM, 16, 1, RATE):
        return np.frombuffer(data, "<i2").astype(np.int16)
    second = form.frame * form.rate
    pieces = (_mixed(form, data[at : at + second]) for at in range(0, len(data), second))
    if form.rate == RATE:
        return np.concatenate([np.zeros(0, np.int16), *pieces])
    count = len(data) // form.frame * RATE // form.rate
    delay = _delay(form.rate)
    resampler = Resampler(form.rate, RATE)
    made = [resampler.process(piece) for piece in pieces]
    made.append(resampler.process(np.zeros(form.rate, np.int16)))  # what the filter still holds
    return np.concatenate(made)[delay : delay + count]


def _mixed(form: _Format, data: bytes) -> Samples:
    """One channel of int16: the mean of all."""
    wide = _wide(form, data).reshape(-1, form.channels).mean(axis=1)
    mixed: Samples = np.clip(np.rint(wide), -32768, 32767).astype(np.int16)
    return mixed


def _wide(form: _Format, data: bytes) -> Wide:
    """Every sample in int16's range, as float."""
    if form.code == _FLOAT:
        share = np.nan_to_num(
            np.frombuffer(data, "<f4" if form.bits == 32 else "<f8"), nan=0.0, posinf=1.0, neginf=-1.0
        )
        return share.clip(-1.0, 1.0).astype(np.float32) * np.float32(32767.0)
    if form.code in (_A_LAW, _MU_LAW):
        return g711.decode(np.frombuffer(data, np.uint8), "a" if form.code == _A_LAW else "mu").astype(np.float32)
    if form.bits == 8:
        return (np.frombuffer(data, np.uint8).astype(np.float32) - 128.0) * np.float32(256.0)
    if form.bits == 16:
        return np.frombuffer(data, "<i2").astype(np.float32)
    if form.bits == 32:
        return np.frombuffer(data, "<i4").astype(np.float32) / np.float32(65536.0)
    bytes3 = np.frombuffer(data, np.uint8).reshape(-1, 3)
    high = bytes3[:, 1].astype(np.uint16) | bytes3[:, 2].astype(np.uint16) << 8
    return high.view(np.int16).astype(np.float32)


def _delay(rate: int) -> int:
    """Samples at 8 kHz by which the converter is late, so that times in the file stay true."""
    click = np.zeros(rate // 2, np.int16)
    click[rate // 4] = round(levels.amplitude(0.0))
    late = int(np.abs(Resampler(rate, RATE).process(click).astype(np.int32)).argmax()) - rate // 4 * RATE // rate
    return max(0, late)
