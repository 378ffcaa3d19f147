"""A caller-ID message as sound, in every scheme. Stateless; what cannot be sent is a ValueError."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from drivers.signals import fsk
from drivers.signals.callerid.messages import SCHEMES
from drivers.signals.tones import dtmf


def modulate(
    message: bytes | str,
    scheme: str,
    level: float = -13.5,
    *,
    seizure: int | None = None,
    marks: int | None = None,
    stop_bits: int | None = None,
) -> npt.NDArray[np.int16]:
    """A message as sound at `level` dBm0 (per tone for DTMF).

    `message` is bytes of `writing.mdmf`, `sdmf` or `ntt` for the FSK schemes, digits of `dtmf_digits` for
    "dtmf". By default Bell 202 gets 300 bits of seizure and 180 marks, V.23 300 and 80 (EN 300 659-1), NTT no seizure,
    75 marks and 4 stop bits; call waiting and DT-AS want `seizure=0`, `marks=80`. ValueError if message and scheme do
    not go together.
    """
    if scheme not in SCHEMES:
        raise ValueError(f'caller ID: scheme is "{scheme}", expected one of {", ".join(SCHEMES)}')
    if isinstance(message, str) != (scheme == "dtmf"):
        raise ValueError(f'caller ID: scheme "{scheme}" sends {"digits" if scheme == "dtmf" else "bytes"}')
    if isinstance(message, str):
        source = dtmf(message, on_ms=70, off_ms=70, level_dbm0=level, twist=0.0)
        return source.read(len(message) * 1120)
    default = {"bell202": (300, 180, 1), "v23": (300, 80, 1), "ntt": (0, 75, 4)}[scheme]
    bits = fsk.frame(
        message,
        default[0] if seizure is None else seizure,
        default[1] if marks is None else marks,
        default[2] if stop_bits is None else stop_bits,
    )
    return fsk.send(bits, fsk.BELL_202 if scheme == "bell202" else fsk.V23, level)
