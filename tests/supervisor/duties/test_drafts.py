"""Draft texts: off unless wanted, one message after the other, never while somebody telephones."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from board.virtual.voices import from_text
from drivers.signals import g711
from firmware.supervisor.duties.drafts import ROUND_S, Drafts, Writer
from firmware.supervisor.events import Events
from firmware.supervisor.recordings import wavefile
from firmware.supervisor.store.queries_messages import MessageRow, list_messages
from tests.supervisor.duties.house import House

COUNTING = 'import sys; n = len(sys.stdin.buffer.read()); print(\'{"text": "%d  samples"}\' % (n // 2))'


class Office(House):
    """A house with messages that are written down; ``calling``: somebody telephones."""

    def __init__(self, home: Path, *, wanted: bool = True, program: str = COUNTING) -> None:
        home.mkdir(exist_ok=True)
        super().__init__(home, messages__draft_text=wanted)
        self.calling = False
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        events = Events()
        events.publish = lambda name, data: self.told.append((name, data))  # type: ignore[method-assign]
        writer = Writer((sys.executable, "-c", program)) if program else Writer()
        self.duty = Drafts(self.loop, self.database, events, self.settings, home, lambda: self.calling, writer)  # type: ignore[assignment]

    def leave(self, sound: np.ndarray) -> int:
        """A message that says this; its call."""
        call = self.call(0.1, "new", samples=sound.size)
        (self.home / f"{call}.wav").write_bytes(wavefile.header("mu", sound.size) + g711.encode(sound, "mu").tobytes())
        return call

    def rows(self, search: str = "") -> list[MessageRow]:
        return self.database.write(lambda connection: list_messages(connection, search=search).rows).result()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[list[Office]]:
    made: list[Office] = []
    yield made
    for office in made:
        office.close()


def test_every_message_gets_its_draft_and_is_found_by_it(tmp_path: Path, home: list[Office]) -> None:
    office = Office(tmp_path)
    home.append(office)
    office.leave(np.zeros(800, np.int16))
    office.leave(np.zeros(1600, np.int16))
    office.pass_time(ROUND_S + 1)
    assert [row.draft for row in office.rows()] == ["1600 samples", "800 samples"]
    assert [row.draft for row in office.rows("1600 sam")] == ["1600 samples"]
    assert [name for name, _ in office.told] == ["message", "message"]


def test_nothing_is_written_unless_wanted_or_while_somebody_telephones(tmp_path: Path, home: list[Office]) -> None:
    silent, office = Office(tmp_path / "off", wanted=False), Office(tmp_path / "busy")
    home += [silent, office]
    for one in (silent, office):
        one.leave(np.zeros(800, np.int16))
        one.calling = one is office
        one.pass_time(ROUND_S + 1)
        assert [row.draft for row in one.rows()] == [None]
    office.calling = False
    office.pass_time(ROUND_S)
    assert [row.draft for row in office.rows()] == ["800 samples"]


@pytest.mark.parametrize("program", ["raise SystemExit(1)", 'print(\'{"error": "no decoder"}\')', "print('[1]')"])
def test_what_cannot_be_written_down_is_tried_once(tmp_path: Path, home: list[Office], program: str) -> None:
    office = Office(tmp_path, program=program)
    home.append(office)
    office.leave(np.zeros(800, np.int16))
    office.pass_time(ROUND_S + 1)
    assert [row.draft for row in office.rows()] == [""]


def test_a_recording_that_is_gone_ends_nothing(tmp_path: Path, home: list[Office]) -> None:
    office = Office(tmp_path)
    home.append(office)
    office.leave(np.zeros(800, np.int16))
    lost = office.leave(np.zeros(800, np.int16))
    (tmp_path / f"{lost}.wav").unlink()
    office.pass_time(ROUND_S + 1)
    assert [row.draft for row in office.rows()] == ["", "800 samples"]


def test_a_voice_is_written_down_by_the_program_of_the_box(tmp_path: Path, home: list[Office]) -> None:
    office = Office(tmp_path, program="")
    home.append(office)
    office.leave(np.concatenate((np.zeros(4000, np.int16), from_text("please call me in the morning"))))
    office.pass_time(ROUND_S + 1)
    (row,) = office.rows()
    assert "please call me" in (row.draft or "").lower()
