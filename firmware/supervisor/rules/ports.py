"""How lines and handsets are called: by the HAT's sockets, or by the bank and number of a port in another process."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

Kind = Literal["lines", "handsets"]

HAT: Final[dict[Kind, tuple[str, ...]]] = {"lines": ("A", "B"), "handsets": ("C", "D")}
ELSEWHERE: Final = "[a-z]{2,12}[1-8]"
"""Of a port in another process: its bank's name and its number there (``link.elsewhere``)."""


def can_be(kind: Kind, name: object) -> bool:
    """Whether a line or a handset may be called this; whether there is one is for the banks to say."""
    return name in HAT[kind] or (isinstance(name, str) and re.fullmatch(ELSEWHERE, name) is not None)


def expected(kind: Kind) -> str:
    """What a name must be, in words."""
    return f"expected one of {', '.join(HAT[kind])}, or a port elsewhere, such as web1"


def named(kind: Kind, keys: Iterable[str]) -> tuple[str, ...]:
    """All names of a kind: the HAT's, and each elsewhere that a setting's key is about (handsets.web1.extension)."""
    told = (re.fullmatch(rf"{kind}\.({ELSEWHERE})\..+", key) for key in keys)
    return (*HAT[kind], *dict.fromkeys(found[1] for found in told if found))
