"""How long the box takes to speak a text it has never spoken, and one it has kept."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from firmware.supervisor.prompts import Prompts
from firmware.supervisor.rules.languages import LANGUAGES

COMMAND = "python -m tools.bench prompts"
NAME = "Marie-Claude Tremblay"


def _row(what: str, seconds: float) -> dict[str, Any]:
    return {"what": what, "ours": seconds * 1000, "peer": None, "unit": "ms", "command": COMMAND}


def run() -> list[dict[str, Any]]:
    """Milliseconds a language, for one greeting with a name in it."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for language in LANGUAGES:
            prompts = Prompts(language, Path(folder))
            started = time.perf_counter()
            prompts.audio("caller.greeting.contact", name=NAME)
            rows.append(_row(f"a new greeting of a contact ({language})", time.perf_counter() - started))
            started = time.perf_counter()
            prompts.audio("caller.greeting.contact", name=NAME)
            rows.append(_row(f"the same again ({language})", time.perf_counter() - started))
    return rows
