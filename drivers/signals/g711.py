"""G.711: mu-law and A-law companding by table (ITU-T G.711, 1988, tables 1a and 2a).

Stateless; every function accepts any length, also 0. The encoder rounds to the nearest decoder level of the
standard's segments, so `encode(decode(code)) == code` for every code but mu-law's negative zero (0x7F), which
comes back as 0xFF: both are the same level.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Law = Literal["mu", "a"]
Samples = npt.NDArray[np.int16]
Codes = npt.NDArray[np.uint8]

SILENCE: Final[Mapping[str, int]] = {"mu": 0xFF, "a": 0xD5}
"""The code of a silent line for each law (mu-law's 0x00 is full scale: never pad with zero bytes)."""

_MU_BIAS: Final = 132  # 33 steps of the 14-bit law, in 16-bit units
_MU_CLIP: Final = 32635


def _mu_decoder() -> Samples:
    codes = ~np.arange(256, dtype=np.int32) & 0xFF
    exponent, mantissa = codes >> 4 & 7, codes & 15
    magnitude = (((mantissa << 3) + _MU_BIAS) << exponent) - _MU_BIAS
    return np.where(codes & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_decoder() -> Samples:
    codes = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = codes >> 4 & 7, codes & 15
    magnitude = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 264) << np.maximum(exponent - 1, 0))
    return np.where(codes & 0x80, magnitude, -magnitude).astype(np.int16)


def _mu_encoder() -> Codes:
    linear = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(linear), _MU_CLIP) + _MU_BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = magnitude >> (exponent + 3) & 15
    sign = np.where(linear < 0, 0x80, 0)
    codes: Codes = (~(sign | exponent << 4 | mantissa) & 0xFF).astype(np.uint8)
    return codes


def _a_encoder() -> Codes:
    linear = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    # one's complement of a negative sample: -1 is the innermost negative step, as the standard's table has it
    magnitude = np.where(linear >= 0, linear, ~linear) >> 4
    exponent = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    exponent = np.where(magnitude < 16, 0, exponent + 1)
    mantissa = np.where(exponent == 0, magnitude, magnitude >> np.maximum(exponent - 1, 0)) & 15
    sign = np.where(linear >= 0, 0x80, 0)
    codes: Codes = ((sign | exponent << 4 | mantissa) ^ 0x55).astype(np.uint8)
    return codes


_DECODE: Final[Mapping[str, Samples]] = {"mu": _mu_decoder(), "a": _a_decoder()}
_ENCODE: Final[Mapping[str, Codes]] = {"mu": _mu_encoder(), "a": _a_encoder()}
_QUANTISE: Final[Mapping[str, Samples]] = {law: _DECODE[law][_ENCODE[law]] for law in ("mu", "a")}


def _table(tables: Mapping[str, npt.NDArray[np.generic]], law: str) -> npt.NDArray[np.generic]:
    try:
        return tables[law]
    except KeyError:
        raise ValueError(f'companding law {law!r}: expected "mu" or "a"') from None


def encode(samples: Samples, law: Law = "mu") -> Codes:
    """Compand linear samples (int16) to one code a sample. Raises ValueError on an unknown law."""
    table = _table(_ENCODE, law)
    return table.take(np.ascontiguousarray(samples, dtype=np.int16).view(np.uint16))  # type: ignore[return-value]


def decode(codes: Codes | bytes | bytearray | memoryview, law: Law = "mu") -> Samples:
    """Expand companded codes to linear samples (int16). Raises ValueError on an unknown law."""
    table = _table(_DECODE, law)
    if isinstance(codes, bytes | bytearray | memoryview):
        codes = np.frombuffer(codes, dtype=np.uint8)
    return table.take(codes)  # type: ignore[return-value]


def quantise(samples: Samples, law: Law = "mu") -> Samples:
    """What a sample is after one trip through the law: `decode(encode(samples))` in one look-up."""
    table = _table(_QUANTISE, law)
    return table.take(np.ascontiguousarray(samples, dtype=np.int16).view(np.uint16))  # type: ignore[return-value]
