"""The outlines of recordings, remembered: a finished recording never changes, and its picture is shown often."""

from __future__ import annotations

import functools
from pathlib import Path

from firmware.supervisor.recordings.audio import NotARecording, recording

COLUMNS = 120


def outline_of(folder: Path, name: str) -> tuple[float, ...]:
    """The loudness of a recording in 120 columns, 0..1; empty when the file is gone."""
    try:
        found = recording(folder, name)
    except NotARecording:
        return ()
    return _outline(folder, name, found.samples)


@functools.lru_cache(maxsize=512)
def _outline(folder: Path, name: str, samples: int) -> tuple[float, ...]:
    # `samples` is part of the key, so that a recording that grew is drawn anew.
    return tuple(round(value, 3) for value in recording(folder, name).outline(COLUMNS))
