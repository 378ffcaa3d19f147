"""What ``tools.linetune`` found for each line, read when the HAT is set up: ``$FRONTDESK_HOME/linetune.toml``.

One table a line: ``acim`` (AC impedance, Si3050 register 30), ``hybrid`` (eight taps, registers 45-52) and ``loss_db``,
what was reached. Without the file the country's impedance and no taps are used. A wrong file is a TuningError that
names file, field and what was expected; the line then works untuned.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE_NAME = "linetune.toml"
FIELDS = ("acim", "hybrid", "loss_db")


class TuningError(ValueError):
    """The file is wrong; the text says where and what was expected."""


@dataclass(frozen=True)
class LineTuning:
    """One line's values."""

    acim: int
    hybrid: tuple[int, ...]


def read(path: Path) -> dict[str, LineTuning]:
    """Line name -> its tuning; empty where there is no file. Raises TuningError."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TuningError(f"{path}: {error}") from error
    return {name: _line(f"{path.name}: [{name}]", table) for name, table in tables.items()}


def _line(where: str, table: object) -> LineTuning:
    if not isinstance(table, dict):
        raise TuningError(f"{where}: expected a table")
    for key in table:
        if key not in FIELDS:
            raise TuningError(f"{where} {key}: unknown; expected {', '.join(FIELDS)}")
    acim, hybrid = table.get("acim"), table.get("hybrid")
    if not isinstance(acim, int) or isinstance(acim, bool) or not 0 <= acim <= 15:
        raise TuningError(f"{where} acim = {acim!r}: expected 0 to 15")
    if not isinstance(hybrid, list) or len(hybrid) != 8 or not all(_is_tap(tap) for tap in hybrid):
        raise TuningError(f"{where} hybrid = {hybrid!r}: expected eight whole numbers from -128 to 127")
    return LineTuning(acim, tuple(hybrid))


def _is_tap(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -128 <= value <= 127
