"""A real database in a folder of its own; nothing here is faked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.supervisor.store.database import Database
from firmware.supervisor.store.reader import Reader


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "frontdesk.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = Database(path, busy_timeout_ms=50)
    yield opened
    opened.stop()


@pytest.fixture
def reader(path: Path) -> Reader:
    return Reader(path)
