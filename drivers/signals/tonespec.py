"""How a signalling tone is written down: frequencies, cadence and level, in one line of text.

The notation is the one telephone people know from indications tables, with a level added:

    350+440@-13                     two sines, each -13 dBm0, for ever
    425/330,0/330                   330 ms on, 330 ms off, repeated
    !350+440/100,!0/100,350+440     `!` marks parts played once, before what repeats
    400*16/1000,0/2000              400 Hz, its amplitude swung by 16 Hz

What stands after `/` is milliseconds; a part without it lasts for ever and must be the last. If every part is marked
`!` the tone ends. Immutable values; a malformed line raises ValueError naming the part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

DEFAULT_LEVEL_DBM0: Final = -13.0
MAX_PARTS: Final = 64

_PART: Final = re.compile(
    r"(?P<once>!)?(?P<hz>\d{1,4}(?:\.\d+)?(?:\+\d{1,4}(?:\.\d+)?){0,3})(?:\*(?P<swing>\d{1,3}(?:\.\d+)?))?"
    r"(?:@(?P<level>-?\d{1,2}(?:\.\d+)?))?(?:/(?P<ms>\d{1,6}))?"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a tone. `hz` empty: silence. `ms` None: for ever. `swing_hz` 0: not modulated."""

    hz: tuple[float, ...]
    levels_dbm0: tuple[float, ...]
    ms: int | None
    swing_hz: float = 0.0

    @property
    def sounding(self) -> bool:
        return bool(self.hz)


@dataclass(frozen=True, slots=True)
class ToneSpec:
    """A tone: parts played once, then parts repeated (none: the tone ends after the first)."""

    once: tuple[Part, ...]
    cycle: tuple[Part, ...]

    @property
    def continuous(self) -> bool:
        """The repeated part never falls silent."""
        return len(self.cycle) == 1 and self.cycle[0].sounding


def parse(text: str, level_dbm0: float = DEFAULT_LEVEL_DBM0) -> ToneSpec:
    """Read the notation above; `level_dbm0` is the level of each sine where the text names none.

    Raises ValueError with the offending part and what was expected.
    """
    pieces = text.replace(" ", "").split(",")
    if len(pieces) > MAX_PARTS:
        raise ValueError(f"tone {text!r}: {len(pieces)} parts, at most {MAX_PARTS} are allowed")
    once: list[Part] = []
    cycle: list[Part] = []
    for index, piece in enumerate(pieces):
        match = _PART.fullmatch(piece)
        if match is None:
            raise ValueError(f"tone {text!r}: part {piece!r}: expected [!]HZ[+HZ...][*SWING][@DBM0][/MS]")
        part = _part(match, level_dbm0)
        if part.ms is None and index != len(pieces) - 1:
            raise ValueError(f"tone {text!r}: part {piece!r} lasts for ever: only the last part may")
        if match["once"] and part.ms is None:
            raise ValueError(f"tone {text!r}: part {piece!r} is played once and needs a length in ms")
        if match["once"]:
            if cycle:
                raise ValueError(f"tone {text!r}: part {piece!r}: parts played once come first")
            once.append(part)
        else:
            cycle.append(part)
    if cycle and all(part.ms is not None for part in cycle) and not any(part.ms for part in cycle):
        raise ValueError(f"tone {text!r}: its cycle has no length")
    return ToneSpec(tuple(once), tuple(cycle))


def _part(match: re.Match[str], level_dbm0: float) -> Part:
    hz = tuple(float(one) for one in match["hz"].split("+"))
    if any(one >= 4000.0 for one in hz):
        raise ValueError(f"part {match[0]!r}: a telephone line ends below 4000 Hz")
    if hz == (0.0,):
        hz = ()
    elif 0.0 in hz:
        raise ValueError(f"part {match[0]!r}: silence (0) stands alone")
    level = float(match["level"]) if match["level"] else level_dbm0
    ms = int(match["ms"]) if match["ms"] else None
    return Part(hz, (level,) * len(hz), ms, float(match["swing"] or 0.0))
