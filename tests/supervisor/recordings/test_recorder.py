"""Recordings as other programs read them, and in what order they reach the disk."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from drivers.signals import g711
from firmware.hat.protocol import BLOCK
from firmware.supervisor.recordings import recorder as recorder_module
from firmware.supervisor.recordings import wavefile
from firmware.supervisor.recordings.recorder import BACKLOG, BATCH, Recorder, recording_path

WAIT_S = 30.0
PATH = "2026-03/000001-message-1772463600000.wav"


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    opened = Recorder(tmp_path / "recordings")
    yield opened
    opened.stop()


def speech(samples: int) -> bytes:
    """Codes that are never zero, so that what is missing shows."""
    return bytes(1 + number % 255 for number in range(samples))


@pytest.mark.parametrize("law", ["mu", "a"])
@pytest.mark.parametrize("samples", [0, 1, 159, 8000, 8001])
def test_other_programs_read_what_was_recorded(recorder: Recorder, law: g711.Law, samples: int) -> None:
    codes = np.frombuffer(speech(samples), np.uint8)
    recording = recorder.begin(PATH, law)
    for start in range(0, samples, BLOCK):
        recording.write(codes[start : start + BLOCK])
    finished = recording.close().result(WAIT_S)
    assert (finished.path, finished.samples, recording.failure, recorder.health()) == (PATH, samples, None, None)
    file = recorder.folder / PATH
    heard, rate = soundfile.read(file, dtype="int16")
    assert rate == 8000
    assert np.array_equal(heard, g711.decode(codes, law))
    assert file.stat().st_size % 2 == 0, "RIFF chunks are padded"
    assert int.from_bytes(file.read_bytes()[4:8], "little") == file.stat().st_size - 8
    assert list(file.parent.iterdir()) == [file]


def test_the_file_follows_the_call_while_it_runs(recorder: Recorder) -> None:
    recording = recorder.begin(PATH, "mu")
    data = speech(10 * BATCH)
    handed_over = None
    for start in range(0, len(data) - BLOCK, BLOCK):
        handed_over = recording.write(data[start : start + BLOCK]) or handed_over
    assert handed_over is not None
    handed_over.result(WAIT_S)
    part = (recorder.folder / PATH).with_name(Path(PATH).name + ".part")
    content = part.read_bytes()
    assert wavefile.read(content) == ("mu", 0), "the length is written at the close"
    assert recording.samples - (len(content) - wavefile.SIZE) < BATCH + BLOCK
    assert data.startswith(content[wavefile.SIZE :])
    assert not (recorder.folder / PATH).exists()


def test_discard_leaves_nothing(recorder: Recorder) -> None:
    recording = recorder.begin(PATH, "mu")
    recording.write(speech(BATCH))
    recording.discard().result(WAIT_S)
    assert list((recorder.folder / PATH).parent.iterdir()) == []
    assert recording.write(speech(BATCH)) is None, "a tap that runs on harms nothing"
    assert recording.close() is recording.discard(), "ended once"


def test_stop_closes_what_still_runs(recorder: Recorder) -> None:
    recording = recorder.begin(PATH, "mu")
    recording.write(speech(BATCH))
    recorder.stop()
    recorder.stop()
    assert wavefile.read((recorder.folder / PATH).read_bytes()) == ("mu", BATCH)
    with pytest.raises(RuntimeError, match="stopped"):
        recorder.begin("x.wav", "mu")


def test_a_name_that_is_taken_is_told_and_the_old_file_kept(recorder: Recorder) -> None:
    recorder.begin(PATH, "mu").close().result(WAIT_S)
    before = (recorder.folder / PATH).read_bytes()
    again = recorder.begin(PATH, "mu")
    again.write(speech(BATCH))
    with pytest.raises(OSError, match="exists already"):
        again.close().result(WAIT_S)
    assert again.failure is not None and "exists already" in (recorder.health() or "")
    assert (recorder.folder / PATH).read_bytes() == before
    recorder.begin("2026-03/other.wav", "mu").close().result(WAIT_S)
    assert recorder.health() is None


def test_a_disk_that_stands_still_costs_bounded_memory(recorder: Recorder) -> None:
    go_on = threading.Event()
    recorder.hand_over(lambda: go_on.wait(WAIT_S))
    recording = recorder.begin(PATH, "mu")
    for _ in range(BACKLOG // BATCH + 5):
        recording.write(speech(BATCH))
    assert recording.failure == "the disk does not keep up"
    go_on.set()
    assert recording.close().result(WAIT_S).samples <= BACKLOG


def test_a_full_disk_keeps_what_was_written(tmp_path: Path) -> None:
    # RLIMIT_FSIZE makes write(2) fail in the middle of a batch, as ENOSPC does.
    program = (
        "import resource, sys; from pathlib import Path; from firmware.supervisor.recordings.recorder import Recorder\n"
        "recorder = Recorder(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9_001, 9_001))\n"
        "recording = recorder.begin('full.wav', 'mu')\n"
        "for _ in range(10):\n"
        "    recording.write(b'\\x55' * 2000)\n"
        "finished = recording.close().result(30)\n"
        "print(finished.samples, recording.failure, recorder.health() is not None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "8000 File too large True\n"
    heard, _ = soundfile.read(tmp_path / "full.wav")
    assert len(heard) == 8000
    assert (tmp_path / "full.wav").stat().st_size == wavefile.SIZE + 8000, "half a batch is cut off"


def test_file_and_folder_are_synced_when_created_and_when_renamed(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    real_fsync, real_rename = os.fsync, Path.rename

    def what(descriptor: int) -> str:
        return Path(f"/proc/self/fd/{descriptor}").readlink().name

    def fsync(descriptor: int) -> None:
        happened.append(f"fsync {what(descriptor)}")
        real_fsync(descriptor)

    def rename(self: Path, target: Path) -> Any:
        happened.append(f"rename {target.name}")
        return real_rename(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "rename", rename)
    recorder.begin("2026-03/x.wav", "mu").close().result(WAIT_S)
    assert happened == [
        "fsync recordings",  # the new month's name
        "fsync x.wav.part", "fsync 2026-03",
        "fsync x.wav.part", "rename x.wav", "fsync 2026-03",
    ]  # fmt: skip


def test_what_is_written_is_synced_soon_even_when_nothing_follows(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = threading.Event()
    real = os.fdatasync

    def fdatasync(descriptor: int) -> None:
        real(descriptor)
        synced.set()

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    monkeypatch.setattr(recorder_module, "SYNC_S", 0.01)
    recorder.begin(PATH, "mu").write(speech(BATCH))
    assert synced.wait(WAIT_S)


def test_a_worker_that_is_never_idle_syncs_all_the_same(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = 0
    real = os.fdatasync

    def fdatasync(descriptor: int) -> None:
        nonlocal synced
        real(descriptor)
        synced += 1

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    monkeypatch.setattr(recorder_module, "SYNC_S", 0.0)
    go_on = threading.Event()
    recorder.hand_over(lambda: go_on.wait(WAIT_S))
    recording = recorder.begin(PATH, "mu")
    for _ in range(5):
        recording.write(speech(BATCH))
    counted = recorder.hand_over(lambda: synced)  # runs before the queue is empty for the first time
    go_on.set()
    assert counted.result(WAIT_S) == 5


def test_a_disk_that_cannot_sync_is_told(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    def fdatasync(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    monkeypatch.setattr(recorder_module, "SYNC_S", 0.0)
    recording = recorder.begin(PATH, "mu")
    handed_over = recording.write(speech(BATCH))
    assert handed_over is not None
    handed_over.result(WAIT_S)
    recording.close().result(WAIT_S)
    assert recording.failure == recorder.health() == "Input/output error"


def test_paths_come_from_the_call_alone() -> None:
    assert recording_path(1, "message", 1772463600000) == PATH
    assert recording_path(1234567, "call", 0) == "1970-01/1234567-call-0.wav"
