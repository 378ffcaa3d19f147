"""What is said in the calls of `answered`, and by which voices: two halves that share neither (`answered.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final


@dataclass(frozen=True)
class Half:
    """Voices and texts by language; texts by what they are for."""

    voices: dict[str, list[str]]
    texts: dict[str, dict[str, list[str]]]


def _half(table: dict[str, Any]) -> Half:
    voices = {language: row.pop("voices") for language, row in table.items()}
    return Half(voices, table)


_TABLE: Final = tomllib.loads(Path(__file__).with_name("answered.toml").read_text(encoding="utf-8"))
TUNING: Final = _half(_TABLE["tuning"])
EXAM: Final = _half(_TABLE["exam"])
