"""What tests of the whole box share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from drivers.signals import blas
from tools.scenario.offspring import Nursery

blas.one_thread()
settings.register_profile("frontdesk", deadline=None)  # how long an example takes is the machine's affair
settings.load_profile("frontdesk")


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """One parent that has the supervisor imported, for all boxes of this test process."""
    one = Nursery()
    yield one
    one.close()


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where one box lives; its name is short, since a Unix socket's path has at most 107 bytes."""
    return tmp_path_factory.mktemp("s")
