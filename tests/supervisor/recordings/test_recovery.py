"""After a kill or a power cut: the message is there up to the last second and the call is marked, once."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.hat.protocol import RATE
from firmware.supervisor.recordings import wavefile
from firmware.supervisor.recordings.recovery import Recovered, recover, repair
from firmware.supervisor.store import calls, recordings
from firmware.supervisor.store.database import Database

START_MS = 1_772_463_600_000
NAME = f"2026-03/000001-message-{START_MS}.wav"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "recordings"
    (made / "2026-03").mkdir(parents=True)
    return made


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "frontdesk.db")
    yield opened
    opened.stop()


def begin(database: Database, path: str = NAME, kind: str = "message", row: bool = True) -> int:
    """A call that goes on and, with ``row``, its recording that runs; returns the call."""

    def begun(connection: sqlite3.Connection) -> int:
        call = calls.begin(connection, "in", started_ms=START_MS, utc_offset_min=-300, important=True)
        if row:
            recordings.begin(connection, call=call, kind=kind, path=path, law="mu", started_ms=START_MS + 9_000)
        return call

    return database.write(begun).result()


def part(folder: Path, audio: bytes, name: str = NAME, law: str = "mu") -> Path:
    file = folder / (name + ".part")
    file.write_bytes(wavefile.header(law, 0) + audio)
    return file


def rows(database: Database, sql: str) -> list[tuple[object, ...]]:
    return database.write(lambda connection: [tuple(row) for row in connection.execute(sql)]).result()


@settings(max_examples=60, deadline=None)
@given(
    audio=st.binary(max_size=3000),
    zeros=st.integers(0, 70_000),
    law=st.sampled_from(["mu", "a"]),
)
def test_repair_keeps_the_audio_and_cuts_the_zeros(
    tmp_path_factory: pytest.TempPathFactory, audio: bytes, zeros: int, law: str
) -> None:
    folder = tmp_path_factory.mktemp("recordings")
    (folder / "2026-03").mkdir()
    part(folder, audio + bytes(zeros), law=law)
    kept = audio.rstrip(b"\0")
    repaired = repair(folder).files
    assert repair(folder) == Recovered(), "nothing is done twice"
    if not kept:
        assert repaired == [] and list((folder / "2026-03").iterdir()) == []
        return
    assert [(file.path, file.law, file.samples) for file in repaired] == [(NAME, law, len(kept))]
    assert repaired[0].cut == len(audio) + zeros - len(kept)
    content = (folder / NAME).read_bytes()
    assert wavefile.read(content) == (law, len(kept))
    assert content[wavefile.SIZE : wavefile.SIZE + len(kept)] == kept
    assert len(content) % 2 == 0
    assert soundfile.info(str(folder / NAME)).frames == len(kept)


@pytest.mark.parametrize("content", [b"", b"\0" * 58, b"\0" * 5000, b"RIFF", b"x" * 5000])
def test_a_part_without_a_header_is_deleted(folder: Path, content: bytes) -> None:
    (folder / (NAME + ".part")).write_bytes(content)
    assert repair(folder) == Recovered()
    assert list((folder / "2026-03").iterdir()) == []


def test_a_message_cut_off_is_there_to_the_last_second(database: Database, folder: Path) -> None:
    begin(database)
    part(folder, b"\x55" * (3 * RATE) + bytes(700))
    found = recover(database, folder)
    assert (found.calls, found.messages, len(found.files)) == ([1], [1], 1)
    assert rows(database, "SELECT state, samples FROM recordings") == [("repaired", 3 * RATE)]
    assert rows(database, "SELECT call, state, interrupted, important, received_ms, utc_offset_min FROM messages") == [
        (1, "new", 1, 1, START_MS + 9_000, -300)
    ]
    assert rows(database, "SELECT outcome, talk_s FROM calls") == [("interrupted", None)]
    again = recover(database, folder)
    assert again == Recovered(), "a second start finds nothing to do"


@pytest.mark.parametrize(("samples", "messages"), [(2 * RATE - 1, 0), (2 * RATE, 1)])
def test_less_than_two_seconds_make_no_message_but_stay_with_the_call(
    database: Database, folder: Path, samples: int, messages: int
) -> None:
    begin(database)
    part(folder, b"\x55" * samples)
    assert len(recover(database, folder).messages) == messages
    assert rows(database, "SELECT state, samples FROM recordings") == [("repaired", samples)]


def test_a_file_closed_just_before_the_cut_counts_as_finished(database: Database, folder: Path) -> None:
    begin(database)
    (folder / NAME).write_bytes(wavefile.header("mu", 4 * RATE) + b"\x55" * (4 * RATE))
    found = recover(database, folder)
    assert (found.messages, found.files) == ([1], [])
    assert rows(database, "SELECT state, samples FROM recordings") == [("finished", 4 * RATE)]


def test_a_cut_between_repair_and_store_loses_nothing(database: Database, folder: Path) -> None:
    begin(database)
    part(folder, b"\x55" * (3 * RATE))
    repair(folder)
    assert recover(database, folder).messages == [1]


def test_a_row_whose_file_never_came_is_closed(database: Database, folder: Path) -> None:
    begin(database)
    found = recover(database, folder)
    assert (found.calls, found.messages) == ([1], [])
    assert rows(database, "SELECT state FROM recordings") == [("deleted",)]


def test_a_file_without_a_row_finds_its_call(database: Database, folder: Path) -> None:
    begin(database, row=False)
    part(folder, b"\x55" * (3 * RATE))
    assert recover(database, folder).messages == [1]


def test_a_file_of_no_known_call_is_kept_but_makes_no_message(database: Database, folder: Path) -> None:
    part(folder, b"\x55" * (3 * RATE))
    part(folder, b"\x55" * (3 * RATE), "2026-03/strange.wav")
    found = recover(database, folder)
    assert (found.messages, len(found.files)) == ([], 2)
    assert (folder / NAME).exists() and (folder / "2026-03/strange.wav").exists()


def test_messages_whose_rows_were_lost_are_found_again_once_and_in_order(database: Database, folder: Path) -> None:
    begin(database)
    part(folder, b"\x55" * (3 * RATE))
    recover(database, folder)
    later, earlier = (f"2026-03/00000{call}-message-{START_MS + call * 1000}.wav" for call in (7, 5))
    (folder / later).write_bytes(wavefile.header("a", 4 * RATE) + b"\x55" * (4 * RATE))
    (folder / earlier).write_bytes(wavefile.header("mu", 5 * RATE) + b"\x55" * (5 * RATE))
    for name in ("000008-message-1772463608000.wav", "000009-call-1772463609000.wav", "strange.wav"):
        samples = 3 * RATE if "message" not in name else RATE
        (folder / "2026-03" / name).write_bytes(wavefile.header("mu", samples) + b"\x55" * samples)
    assert recover(database, folder).found_again == [], "a database that was there all the time knows its recordings"
    found = recover(database, folder, rows_lost=True)
    assert found.found_again == [2, 3]
    made = "SELECT path, law, samples, messages.state, outcome, calls.started_ms FROM messages "
    made += "JOIN recordings ON recordings.id = recording JOIN calls ON calls.id = messages.call WHERE messages.id > 1"
    assert rows(database, made + " ORDER BY messages.id") == [
        (earlier, "mu", 5 * RATE, "new", "message", START_MS + 5000),
        (later, "a", 4 * RATE, "new", "message", START_MS + 7000),
    ]
    assert recover(database, folder, rows_lost=True).found_again == []


def test_a_call_recording_makes_no_message(database: Database, folder: Path) -> None:
    begin(database, kind="call")
    part(folder, b"\x55" * (3 * RATE))
    assert recover(database, folder).messages == []
    assert rows(database, "SELECT kind, state FROM recordings") == [("call", "repaired")]


def test_the_first_start_finds_nothing(database: Database, tmp_path: Path) -> None:
    assert recover(database, tmp_path / "not made yet") == Recovered()


KILLED = """
import sys
from pathlib import Path
from firmware.supervisor.recordings.recorder import Recorder, recording_path
from firmware.supervisor.store import calls, recordings
from firmware.supervisor.store.database import Database

home = Path(sys.argv[1])
database, recorder = Database(home / "frontdesk.db"), Recorder(home / "recordings")
call = database.write(calls.begin, "in", started_ms=1, utc_offset_min=0).result()
path = recording_path(call, "message", 1)
database.write(recordings.begin, call=call, kind="message", path=path, law="mu", started_ms=1).result()
recording = recorder.begin(path, "mu")
while True:
    handed_over = recording.write(bytes(1 + number % 255 for number in range(160)))
    if handed_over is not None:
        handed_over.result()  # what lockstep does
    print(recording.samples, flush=True)
"""


@pytest.mark.parametrize("seed", range(6))
def test_kill_minus_nine_costs_at_most_a_second(tmp_path: Path, seed: int) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for _ in range(random.Random(seed).randrange(150, 2500)):
            running.stdout.readline()
        os.kill(running.pid, signal.SIGKILL)
        spoken = int(([*running.stdout.read().split("\n"), ""])[-2] or 0)
    database = Database(tmp_path / "frontdesk.db")
    found = recover(database, tmp_path / "recordings")
    assert (found.calls, found.messages) == ([1], [1])
    [(samples, path)] = rows(database, "SELECT samples, path FROM recordings")
    assert isinstance(samples, int) and spoken - samples <= RATE
    assert soundfile.info(str(tmp_path / "recordings" / str(path))).frames == samples
    assert rows(database, "PRAGMA integrity_check") == [("ok",)]
    database.stop()
