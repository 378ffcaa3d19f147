"""Recordings, written as they are recorded, so that a power cut costs at most the last second.

A recording runs as ``NAME.wav.part`` and becomes ``NAME.wav`` when it is closed. The loop only queues bytes: one
worker thread writes them every quarter of a second of audio and runs fdatasync every half second; it fsyncs the file
and its folder at the creation and at the rename (measured under replayed power cuts: reference/image.md 7).

Life cycle: ``Recorder(folder)``; ``begin()`` gives a ``Recording``; ``write()`` its samples; then ``close()`` or
``discard()``, once; ``stop()`` closes what still runs. The row in the store comes before ``begin()``: after a crash
``recovery.recover`` finds the row and makes the message of what the file holds.

Failure: where the disk fails, ``Recording.failure`` says why, what was written before is kept and closed, nobody's
call ends for it, and ``Recorder.health()`` tells the Health page until a recording has been closed well again.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from firmware.hat.protocol import RATE
from firmware.supervisor.recordings.recording_file import Finished, RecordingFile
from firmware.supervisor.store.backup import sync

T = TypeVar("T")
BATCH = RATE // 4  # samples handed to the worker at once
SYNC_S = 0.5  # by the monotonic clock: what a disk holds back is lost in real time, whatever the sample clock's pace
BACKLOG = 30 * RATE  # samples a recording may be ahead of a disk that stands still, before it is given up


def recording_path(call: int, kind: str, started_ms: int) -> str:
    """Where the recording of a call lies, relative to the recordings folder: nothing in it comes from the wire."""
    month = datetime.fromtimestamp(started_ms / 1000, UTC).strftime("%Y-%m")
    return f"{month}/{call:06d}-{kind}-{started_ms}.wav"


class Recording:
    """One running recording. ``path`` is relative to the recordings folder. Everything is called on the loop."""

    def __init__(self, recorder: Recorder, path: str, law: str) -> None:
        self.path = path
        self.law = law
        self.samples = 0  # written so far, at 8 kHz
        self._recorder = recorder
        self._batch = bytearray()
        self._file = RecordingFile(recorder.folder, path, law)
        self._ended: Future[Finished] | None = None
        self.created = recorder.hand_over(self._create)  # done once the file and its name are on the disk

    @property
    def failure(self) -> str | None:
        """Why the disk does not take this recording any more; None = well."""
        return self._file.failure

    def write(self, codes: bytes | npt.NDArray[np.uint8]) -> Future[None] | None:
        """Append samples, coded by the recording's law; ignored once it has ended.

        Returns a future when a batch has been handed to the worker. In lockstep ``await settle(future)`` keeps the file
        within a batch of the sample clock, however fast that runs; in real time nobody need wait.
        """
        if self._ended is not None:
            return None
        data = codes if isinstance(codes, bytes) else codes.tobytes()
        self.samples += len(data)
        self._batch += data
        return self._flush() if len(self._batch) >= BATCH else None

    def close(self, most: int | None = None) -> Future[Finished]:
        """End it after ``most`` samples: the file is whole and on the disk when the future is done. Again: the same."""
        if self._ended is None:
            self._flush()
            self._ended = self._recorder.hand_over(lambda: self._close(most))
        return self._ended

    def discard(self) -> Future[Finished]:
        """End it and delete the file, for a recording that came to nothing. Again: the same future."""
        if self._ended is None:
            self._batch.clear()
            self._ended = self._recorder.hand_over(self._discard)
        return self._ended

    def _flush(self) -> Future[None] | None:
        if not self._batch:
            return None
        data = bytes(self._batch)
        self._batch.clear()
        if self.samples - self._file.written > BACKLOG:
            self._file.failure = self._file.failure or "the disk does not keep up"
            return None
        return self._recorder.hand_over(lambda: self._append(data))

    # In the worker's thread.

    def _create(self) -> None:
        self._file.create()
        self._recorder.opened(self._file)

    def _append(self, data: bytes) -> None:
        self._file.append(data)
        self._recorder.soiled(self._file)

    def _close(self, most: int | None) -> Finished:
        return self._recorder.ended(self._file, lambda: self._file.close(most))

    def _discard(self) -> Finished:
        return self._recorder.ended(self._file, self._file.discard)


class Recorder:
    """Owns the recordings folder (created when missing) and the worker thread that writes to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()  # nothing is queued behind the stop
        self._stopped = False
        self._failure: str | None = None
        self._open: set[RecordingFile] = set()
        self._dirty: set[RecordingFile] = set()
        self._sync_at = 0.0  # monotonic; when what is dirty is to be synced
        try:
            folder.mkdir(parents=True, exist_ok=True)
            sync(folder.parent)
        except OSError as error:  # calls are answered all the same; each recording tries again
            self._failure = f"{folder}: {error.strerror or error}"
        self._thread = threading.Thread(target=self._serve, name="recorder", daemon=True)
        self._thread.start()

    def begin(self, path: str, law: str) -> Recording:
        """A new recording of law ``"mu"`` or ``"a"`` at ``path`` (see ``recording_path``)."""
        return Recording(self, path, law)

    def health(self) -> str | None:
        """Why a recording could not be written, until one is closed well again; None = well."""
        return self._failure

    def stop(self) -> None:
        """Close what still runs, as ``Recording.close`` would, and end the worker. May be called again."""
        with self._lock:
            if not self._stopped:
                self._stopped = True
                self._jobs.put(None)
        self._thread.join()

    def hand_over(self, work: Callable[[], T]) -> Future[T]:
        """Run ``work`` in the worker's thread, after all before it. Raises ``RuntimeError`` when stopped."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # a call that hangs up must not take back what it recorded

        def run() -> None:
            try:
                result = work()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._lock:
            if self._stopped:
                raise RuntimeError("the recorder is stopped")
            self._jobs.put(run)
        return future

    # In the worker's thread.

    def opened(self, file: RecordingFile) -> None:
        """``file`` runs from now on, or could not be created."""
        self._open.add(file)
        self._note(file)

    def soiled(self, file: RecordingFile) -> None:
        """``file`` has bytes that a power cut would take."""
        if not self._dirty:
            self._sync_at = time.monotonic() + SYNC_S
        self._dirty.add(file)
        self._note(file)

    def ended(self, file: RecordingFile, end: Callable[[], Finished]) -> Finished:
        """End ``file`` by ``end`` and forget it; raises what that raises."""
        self._open.discard(file)
        self._dirty.discard(file)
        try:
            finished = end()
        except OSError as error:
            self._failure = error.strerror or str(error)
            raise
        self._failure = file.failure
        return finished

    def _note(self, file: RecordingFile) -> None:
        self._failure = file.failure or self._failure

    def _serve(self) -> None:
        while True:
            wait = max(0.0, self._sync_at - time.monotonic()) if self._dirty else None
            try:
                job = self._jobs.get(timeout=wait)
            except queue.Empty:
                self._sync()
                continue
            if job is None:
                break
            job()
            if self._dirty and time.monotonic() >= self._sync_at:
                self._sync()
        for file in list(self._open):
            try:
                self.ended(file, file.close)
            except OSError:
                continue  # health() tells; the .part is repaired at the next start

    def _sync(self) -> None:
        for file in self._dirty:
            file.settle()
            self._note(file)
        self._dirty.clear()
