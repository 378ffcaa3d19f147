"""Draft texts of messages, one after the other, while nobody telephones: by a process that is slow and may fail alone.

Life cycle: ``keep`` runs for as long as the box does and does nothing while ``messages.draft_text`` is off. A call
that begins ends the process; that message is taken up again when it is quiet. A message that cannot be written down
gets an empty draft and is not tried again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from drivers.clock import SampleLoop
from firmware.supervisor.events import Events
from firmware.supervisor.recordings.audio import recording
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store import messages
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import StoreError

log = logging.getLogger(__name__)

Samples = npt.NDArray[np.int16]

ROUND_S = 30.0  # of the sample clock: how often it looks for messages
LOOK_S = 0.5  # and, while it writes, whether somebody telephones
LANE = "drafts"
LONGEST = 900 * 8000  # samples that are written down


@dataclass(frozen=True)
class Writer:
    """A program that reads int16 samples and prints ``{"text": ...}``."""

    command: tuple[str, ...] = (sys.executable, "-m", "firmware.gateways.draft")

    def start(self) -> subprocess.Popen[bytes]:
        """Its process. Raises OSError."""
        pipe = subprocess.PIPE
        return subprocess.Popen(self.command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)


class Drafts:
    """``folder``: of the recordings; ``busy``: whether anybody telephones."""

    def __init__(
        self,
        loop: SampleLoop,
        database: Database,
        events: Events,
        settings: Settings,
        folder: Path,
        busy: Callable[[], bool],
        writer: Writer = Writer(),
    ) -> None:
        self._loop = loop
        self._database = database
        self._events = events
        self._settings = settings
        self._folder = folder
        self._busy = busy
        self._writer = writer

    async def keep(self) -> None:
        """Looks every ROUND_S for a message without one; ends when cancelled. Raises OSError and the store's errors."""
        while True:
            await asyncio.sleep(ROUND_S)
            while self._settings.flag("messages.draft_text") and not self._busy():
                waiting = await self._loop.settle(self._database.write(messages.undrafted))
                if waiting is None or not await self._draft(*waiting):
                    break

    async def _draft(self, message: int, path: str) -> bool:
        """Whether the message has its draft now; no, where somebody telephones."""
        process = self._writer.start()
        writing = asyncio.ensure_future(self._loop.job(self._written, process, path, lane=LANE))
        try:
            while not writing.done():
                await asyncio.wait({writing}, timeout=LOOK_S)
                if self._busy():
                    return False
        finally:
            process.kill()
            writing.cancel()
        await self._loop.settle(self._database.write(messages.drafted, message, writing.result()))
        self._events.publish("message", {"id": message})
        return True

    # In the lane's thread

    def _written(self, process: subprocess.Popen[bytes], path: str) -> str:
        try:
            sound = recording(self._folder, path).pcm(0, LONGEST)
            said, _ = process.communicate(sound.astype("<i2").tobytes())
            answer = dict(json.loads(said))
            if "error" in answer:
                log.warning("draft of %s: %s", path, answer["error"])
            return " ".join(str(answer.get("text", "")).split())
        except (StoreError, OSError, ValueError, TypeError) as error:
            log.warning("draft of %s: %s", path, error)
            return ""
        finally:
            process.kill()
            process.wait()
