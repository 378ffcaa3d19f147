"""Where a line's tuning is kept: a small TOML file, one table a line, written whole."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from tools.linetune.tuning import Tuning


def save(path: Path, line: str, tuning: Tuning) -> None:
    """Put one line's tuning into the file, the other lines as they were. Written beside it and renamed."""
    tables: dict[str, dict[str, object]] = {}
    if path.exists():
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    tables[line] = {"acim": tuning.acim, "hybrid": list(tuning.hybrid), "loss_db": round(tuning.loss_db, 1)}
    text = "# Written by tools.linetune; read by the supervisor when the HAT is set up.\n"
    for name in sorted(tables):
        text += f"\n[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in tables[name].items())
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
