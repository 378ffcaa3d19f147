"""A home with calls and faxes in it, before any box runs on it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from firmware.supervisor.store import calls, faxes
from firmware.supervisor.store.database import Database

NextProcess = Callable[[], int]
START_MS = 1_772_463_600_000
NAME = f"2026-03/000001-fax-{START_MS}.tif"


class Home:
    """``$FRONTDESK_HOME`` with one call, number 1, that a fax machine made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faxes = path / "faxes"
        self.database = Database(path / "frontdesk.db")
        self.database.write(calls.begin, "in", started_ms=START_MS, utc_offset_min=-300).result()

    def tiff(self, pages: int, name: str = NAME, lines: int = 400) -> Path:
        """A TIFF as a fax machine's pages make it, each page of its own."""
        drawn = [Image.new("1", (1728, lines), number % 2) for number in range(pages)]
        path = self.faxes / name
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn[0].save(path, compression="group4", dpi=(204, 98), save_all=True, append_images=drawn[1:])
        return path

    def row(self, progress: str, pages: int, name: str = NAME) -> int:
        """A row for a TIFF; its id."""
        values: dict[str, Any] = {"received_ms": START_MS, "utc_offset_min": -300, "progress": progress}
        return self.database.write(faxes.put, 1, path=name, pages=pages, sender="", **values).result()

    def rows(self) -> list[tuple[str, int, str, str]]:
        """Path, pages, sender and progress of each fax."""
        found = self.database.write(faxes.list_faxes).result()
        return [(row.path, row.pages, row.sender, row.progress) for row in found]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.database.stop()


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NextProcess:
    """The gateway's processes stop before they begin; gives the number of the next one that has."""
    number, program = tmp_path / "pid", tmp_path / "python"
    program.write_text(f'#!/bin/sh\necho $$ > {number}\nkill -STOP $$\nexec {sys.executable} "$@"\n')
    program.chmod(0o755)
    os.mkfifo(number)
    monkeypatch.setattr(sys, "executable", str(program))

    def next_one() -> int:
        process = int(number.read_text())
        os.waitid(os.P_PID, process, os.WSTOPPED)
        return process

    return next_one
