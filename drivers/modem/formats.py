"""The forms of audio a modem offers (``AT+VSM=?``), and the way between them and the box's companding law.

Chip sets number and name them differently: a USR5637 says 131,"8-BIT ULAW", a Conexant 131,"Mu-Law" or
1,"UNSIGNED PCM". They are known here by their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from drivers.signals import g711

Kind = Literal["mu", "a", "u8", "s8", "s16"]
_ROW = re.compile(r'^(?:\+VSM:\s*)?(\d{1,3}),"([^"]{1,40})"(.*)$')
_NAMES: tuple[tuple[str, Kind], ...] = (
    (r"(mu|u|µ)-?law", "mu"),
    (r"a-?law", "a"),
    (r"16-?bit linear", "s16"),
    (r"8-?bit linear|unsigned", "u8"),
    (r"signed", "s8"),
)


@dataclass(frozen=True)
class Format:
    """One form of audio: its number for ``AT+VSM=`` and what its bytes are."""

    number: int
    kind: Kind

    @property
    def width(self) -> int:
        """Bytes a sample."""
        return 2 if self.kind == "s16" else 1

    def to_law(self, data: bytes, law: g711.Law) -> npt.NDArray[np.uint8]:
        """Bytes of the modem as companded samples of the box."""
        if self.kind == law:
            return np.frombuffer(data, np.uint8)
        return g711.encode(self._linear(data), law)

    def from_law(self, samples: npt.NDArray[np.uint8], law: g711.Law) -> bytes:
        """Companded samples of the box as bytes of the modem."""
        if self.kind == law:
            return samples.tobytes()
        linear = g711.decode(samples, law)
        if self.kind == "s16":
            return linear.astype("<i2").tobytes()
        if self.kind in ("mu", "a"):
            return g711.encode(linear, self.kind).tobytes()
        high = (linear.astype(np.int32) + 128 >> 8).clip(-128, 127)
        return (high + (128 if self.kind == "u8" else 0)).astype(np.uint8).tobytes()

    def _linear(self, data: bytes) -> npt.NDArray[np.int16]:
        if self.kind == "s16":
            return np.frombuffer(data, "<i2").astype(np.int16)
        raw = np.frombuffer(data, np.uint8)
        if self.kind in ("mu", "a"):
            return g711.decode(raw, self.kind)
        signed = raw.astype(np.int16) - 128 if self.kind == "u8" else raw.astype(np.int8).astype(np.int16)
        return (signed * 256).astype(np.int16)


def best(rows: Iterable[str], law: g711.Law) -> Format | None:
    """The best form of those a modem lists at 8000 samples a second: the law itself, 16 bits, the other law, 8 bits."""
    found: dict[Kind, Format] = {}
    for row in rows:
        match = _ROW.match(row.strip())
        if match is None or "8000" not in match[3]:
            continue
        kind = next((kind for name, kind in _NAMES if re.search(name, match[2], re.IGNORECASE)), None)
        if kind is not None:
            found.setdefault(kind, Format(int(match[1]), kind))
    order: tuple[Kind, ...] = (law, "s16", "mu", "a", "u8", "s8")
    return next((found[kind] for kind in order if kind in found), None)
