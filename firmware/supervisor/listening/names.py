"""The supervisor's side of names by voice: the process, its list of contacts, and guesses for an utterance.

Life cycle: ``Names(loop)``, ``await names.use(contacts)`` whenever the contacts change, ``await names.guess(sound)``,
``close()``. The process is started with the first list and again where it has died; where it cannot be had, guesses are
empty, ``fault`` says why, and names are spelled on the keys.
"""

from __future__ import annotations

import base64
import json
import logging
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.clock import SampleLoop

log = logging.getLogger(__name__)

Samples = npt.NDArray[np.int16]

LANE = "names"
GUESS_TICKS = 15
START_S = 20.0
ANSWER_S = 5.0


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who can be called by name; `id` is the caller's own."""

    id: int
    name: str
    sounds_like: str = ""


@dataclass(frozen=True, slots=True)
class Guesses:
    """The likeliest contacts, best first, at most three; `band`: take the first, ask, or ask to say it again."""

    contacts: tuple[Contact, ...]
    band: str


UNKNOWN = Guesses((), "again")


class Names:
    """One process and the list it knows."""

    def __init__(self, loop: SampleLoop) -> None:
        self.fault = ""
        self._loop = loop
        self._contacts: tuple[Contact, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._kept = b""

    async def use(self, contacts: Sequence[Contact]) -> None:
        """From now on these contacts can be said."""
        self._contacts = tuple(contacts)
        await self._loop.job(self._tell, ticks=GUESS_TICKS, lane=LANE)

    async def guess(self, sound: Samples) -> Guesses:
        """Who was meant by a sound at 8 kHz, GUESS_TICKS later."""
        return await self._loop.job(self._guess, sound, ticks=GUESS_TICKS, lane=LANE)

    def close(self) -> None:
        """Ends the process. Does nothing the second time."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            try:
                self._process.wait(1.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    # In the lane's thread

    def _tell(self) -> None:
        rows = [[contact.name, contact.sounds_like] for contact in self._contacts]
        try:
            if self._socket is None:
                self._start()
            said = self._ask({"names": rows}, START_S)
            if "error" in said:
                raise ValueError(said["error"])
            self.fault = ""
        except (OSError, ValueError) as error:
            self._lost(error)

    def _guess(self, sound: Samples) -> Guesses:
        if not self._contacts:
            return UNKNOWN
        if self._socket is None:
            self._tell()
        try:
            said = self._ask({"sound": base64.b64encode(sound.astype("<i2").tobytes()).decode()}, ANSWER_S)
            if "error" not in said:
                found = tuple(self._contacts[guess["contact"]] for guess in said["guesses"])
                return Guesses(found, str(said["band"]))
            log.warning("names by voice: %s", said["error"])
        except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
            self._lost(error)
        return UNKNOWN

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "firmware.gateways.names", "--fd", str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL)
        theirs.close()
        self._socket, self._kept = ours, b""

    def _ask(self, what: dict[str, Any], within: float) -> dict[str, Any]:
        if self._socket is None:
            raise OSError("the names process is not running")
        self._socket.settimeout(within)
        try:
            self._socket.sendall(json.dumps(what).encode() + b"\n")
            while b"\n" not in self._kept:
                data = self._socket.recv(1 << 16)
                if not data:
                    raise ConnectionError
                self._kept += data
        except ConnectionError as error:
            raise OSError("the names process has ended") from error
        line, self._kept = self._kept.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _lost(self, error: Exception) -> None:
        self.fault = str(error)
        log.error("names by voice: %s", error)
        self.close()
