"""Recording a conversation: all of its parties in one file, from the moment in which everybody has been told.

Life cycle: ``begin``, ``follow`` the ports of whoever talks, ``close`` once. Failure behaviour: where disk or store
fail, the conversation goes on and what was written before is kept; the recorder's health says so.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from drivers.ports.port import Port, Tap
from drivers.signals import g711
from firmware.hat.protocol import BLOCK
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.party import Studio
from firmware.supervisor.calls.taking import DISK_TICKS
from firmware.supervisor.recordings.recorder import Recording

Samples = npt.NDArray[np.int16]


class CallRecording:
    """A running recording of kind ``call``."""

    def __init__(self, studio: Studio, call: Call, recording: Recording, row: int | None) -> None:
        self._studio = studio
        self._call = call
        self._recording = recording
        self._row = row
        self._taps: list[Tap] = []
        self._mixed = np.zeros(BLOCK, np.int32)
        self._beat = -1  # of the block that is being mixed

    @classmethod
    async def begin(cls, studio: Studio, call: Call) -> CallRecording:
        """It runs from now on; nothing is written before ``follow``."""
        recording, row = await studio.begin(call, "call")
        return cls(studio, call, recording, row)

    def follow(self, ports: Iterable[Port]) -> None:
        """These are heard from now on, and nobody else."""
        for tap in self._taps:
            tap.close()
        self._taps = [port.tap(self._heard) for port in ports]

    async def close(self) -> None:
        """The recording is whole, and stays on the call's page."""
        self.follow(())
        self._write()
        await self._studio.leave(self._call, self._recording, self._row)

    def _heard(self, raw: Samples, heard: Samples) -> None:
        if self._beat != self._studio.loop.samples:
            self._write()
            self._beat = self._studio.loop.samples
        self._mixed += heard

    def _write(self) -> None:
        """The beat that is complete."""
        if self._beat < 0:
            return
        block = np.clip(self._mixed, -32768, 32767).astype(np.int16)
        self._mixed[:] = 0
        self._beat = -1
        writing = self._recording.write(g711.encode(block, self._studio.law))
        if writing is not None:
            self._studio.loop.keep_pace(writing, DISK_TICKS)
