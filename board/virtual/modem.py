"""A virtual USB voice modem on a pseudo-terminal: AT commands, class 8, voice data, as two chip sets answer.

``VirtualModem(profile)`` opens ``device`` and answers from a thread of its own until ``close``. The line's far end is
driven from outside: ``ring``, ``caller_id``, ``say``, ``tell`` (a DLE event), ``unplug``; what the modem played is in
``played``. ``pace`` is how long a 20 ms block takes (s): tests let it run faster than a line.

Chip sets: USR5637 (USRobotics 56K faxmodem, command reference) and Conexant CX93010 (AT command reference): they differ
in how they name their audio forms, in echoing commands after a reset, and in how caller ID's absence is written.
"""

from __future__ import annotations

import os
import pty
import select
import threading
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from drivers.signals import g711

Samples = npt.NDArray[np.int16]
State = Literal["command", "play", "record"]
BLOCK = 160
DLE, ETX = 0x10, 0x03


@dataclass(frozen=True)
class Profile:
    """What tells one chip set from another."""

    name: str
    identity: str
    classes: str
    forms: tuple[str, ...]
    widths: dict[int, str]
    """Audio form -> "mu", "a", "u8", "s8" or "s16"."""


USR5637 = Profile(
    "USR5637",
    "U.S. Robotics 56K FAX USB V1.2.23",
    "0,1,1.0,2,8",
    (
        '128,"8-BIT LINEAR",8,0,(7200,8000,11025),0,0',
        '129,"16-BIT LINEAR",16,0,(7200,8000,11025),0,0',
        '130,"8-BIT ALAW",8,0,(8000),0,0',
        '131,"8-BIT ULAW",8,0,(8000),0,0',
        '132,"IMA ADPCM",4,0,(7200,8000,11025),0,0',
    ),
    {128: "u8", 129: "s16", 130: "a", 131: "mu"},
)
CONEXANT = Profile(
    "CX93010",
    "CX93001-EIS_V0.2013-V92",
    "0,1,1.0,8",
    (
        '0,"SIGNED PCM",8,0,8000,0,0',
        '1,"UNSIGNED PCM",8,0,8000,0,0',
        '129,"IMA ADPCM",4,0,8000,0,0',
    ),
    {0: "s8", 1: "u8"},
)


class VirtualModem:
    """One modem with its line."""

    def __init__(self, profile: Profile, pace: float = 0.02) -> None:
        self.profile = profile
        self.off_hook = False
        self.commands: list[str] = []
        self.played: list[Samples] = []
        """What was played, one piece for each time the box played."""
        self.cancelled = 0
        self.deaf = False
        """A fault: it records and sends nothing."""
        self._pace = pace
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.device = os.ttyname(slave)
        self._slave = slave
        self._state: State = "command"
        self._echo = True
        self._voice_class = False
        self._caller_id = False
        self._form = next(iter(profile.widths))
        self._line = bytearray()
        self._after_dle = False
        self._playing = bytearray()
        self._far: Samples = np.zeros(0, np.int16)
        self._due = 0.0
        self._wake_read, self._wake_write = os.pipe()
        self._lock = threading.RLock()
        self._stopped = False
        self._changed = threading.Condition(self._lock)
        self._thread = threading.Thread(target=self._run, name="virtual modem", daemon=True)
        self._thread.start()

    # The line's far end

    def ring(self) -> None:
        """One ring burst."""
        with self._lock:
            if self._state == "command":
                self._answer("RING")
            else:
                self._write(bytes([DLE, ord("R")]))

    def caller_id(self, number: str, name: str = "", date: str = "0302", clock: str = "1510") -> None:
        """Caller ID between the rings; "P" and "O" stand for a private number and one that is not available."""
        with self._lock:
            if self._caller_id:
                lines = [f"DATE = {date}", f"TIME = {clock}", f"NMBR = {number}"] + ([f"NAME = {name}"] if name else [])
                self._write(("\r\n" + "\r\n".join(lines) + "\r\n").encode("latin-1"))

    def say(self, samples: Samples) -> None:
        """Sound from the line, heard while the modem records; silence otherwise."""
        with self._lock:
            self._far = np.concatenate([self._far, samples])

    def tell(self, event: str) -> None:
        """An event of the voice states, such as "5" (a key) or "l" (the loop was interrupted)."""
        with self._lock:
            if self._state != "command":
                self._write(bytes([DLE, ord(event)]))

    def wait(self, condition: Callable[[VirtualModem], bool], timeout: float = 10.0) -> None:
        """Waits until something the modem has done makes ``condition`` true. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self), timeout):
                raise TimeoutError(f"virtual modem: state {self._state}, last commands {self.commands[-5:]}")

    def unplug(self) -> None:
        """The device goes, as a USB plug pulled."""
        self.close()

    def close(self) -> None:
        """Ends the thread and the device."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
        os.write(self._wake_write, b"x")
        self._thread.join()
        for fd in (self._master, self._slave, self._wake_read, self._wake_write):
            os.close(fd)

    @property
    def state(self) -> State:
        """Which state it is in."""
        return self._state

    # The chip

    def _run(self) -> None:
        while not self._stopped:
            timeout = max(0.0, self._due - time.monotonic()) if self._state == "record" else None
            ready, _, _ = select.select([self._master, self._wake_read], [], [], timeout)
            if self._wake_read in ready:
                return
            data = os.read(self._master, 4096) if self._master in ready else b""
            with self._changed:
                for byte in data:
                    self._take(byte)
                if self._state == "record" and time.monotonic() >= self._due:
                    self._due += self._pace
                    self._record()
                self._changed.notify_all()

    def _take(self, byte: int) -> None:
        if self._state == "command":
            if self._echo:
                self._write(bytes([byte]))
            if byte == ord("\r"):
                text = self._line.decode("latin-1").strip()
                self._line.clear()
                self._obey(text)
            else:
                self._line.append(byte)
        elif self._after_dle:
            self._after_dle = False
            self._shielded(byte)
        elif byte == DLE:
            self._after_dle = True
        elif self._state == "play":
            self._playing.append(byte)

    def _shielded(self, byte: int) -> None:
        if self._state == "record":
            if byte in (ord("!"), 0x1B):
                self._state = "command"
                self._write(bytes([DLE, ETX]))
                self._answer("OK")
        elif byte == DLE:
            self._playing.append(DLE)
        elif byte == 0x18:
            self.cancelled += 1
        elif byte == ETX:
            self._state = "command"
            self.played.append(self._decode(bytes(self._playing)))
            self._playing.clear()
            self._answer("OK")

    def _obey(self, text: str) -> None:
        if not text:
            return
        self.commands.append(text)
        if not text.upper().startswith("AT"):
            self._answer("ERROR")
            return
        command = text[2:].upper()
        if command == "Z":
            self._echo, self._voice_class, self.off_hook = True, False, False
            self._answer("OK")
        elif command == "E0V1":
            self._echo = False
            self._answer("OK")
        elif command == "I3":
            self._answer(self.profile.identity, "OK")
        elif command == "+FCLASS=?":
            self._answer(self.profile.classes, "OK")
        elif command == "+FCLASS=8" and "8" in self.profile.classes.split(","):
            self._voice_class = True
            self._answer("OK")
        elif command == "+VCID=1":
            self._caller_id = True
            self._answer("OK")
        elif self._voice_class and self._voice(command):
            pass
        else:
            self._answer("ERROR")

    def _voice(self, command: str) -> bool:
        """The commands that class 8 alone knows; False for one it does not."""
        if command == "+VSM=?":
            self._answer(*self.profile.forms, "OK")
        elif command.startswith("+VSM="):
            number, _, rate = command.removeprefix("+VSM=").partition(",")
            if not number.isdigit() or int(number) not in self.profile.widths or rate != "8000":
                return False
            self._form = int(number)
            self._answer("OK")
        elif command in ("+VLS=0", "+VLS=1"):
            self.off_hook = command.endswith("1")
            self._answer("OK")
        elif command in ("+VTX", "+VRX"):
            if not self.off_hook:
                return False
            self._answer("CONNECT")
            self._state = "play" if command == "+VTX" else "record"
            self._after_dle = False
            self._due = time.monotonic()
        elif command == "D!;" or (command.startswith("DP") and command.endswith(";")):
            self._answer("OK")
        else:
            return False
        return True

    def _record(self) -> None:
        """One block of what the line sends."""
        if self.deaf:
            return
        block = self._far[:BLOCK]
        self._far = self._far[BLOCK:]
        block = np.concatenate([block, np.zeros(BLOCK - len(block), np.int16)])
        self._write(self._encode(block).replace(b"\x10", b"\x10\x10"))

    def _answer(self, *lines: str) -> None:
        self._write("".join(f"\r\n{line}\r\n" for line in lines).encode("latin-1"))

    def _write(self, data: bytes) -> None:
        if not self._stopped:
            os.write(self._master, data)

    def _encode(self, samples: Samples) -> bytes:
        kind = self.profile.widths[self._form]
        if kind == "s16":
            return samples.astype("<i2").tobytes()
        if kind in ("mu", "a"):
            return g711.encode(samples, "mu" if kind == "mu" else "a").tobytes()
        return ((samples >> 8) + (128 if kind == "u8" else 0)).astype(np.uint8).tobytes()

    def _decode(self, data: bytes) -> Samples:
        kind = self.profile.widths[self._form]
        raw = np.frombuffer(data, np.uint8)
        if kind == "s16":
            return np.frombuffer(data, "<i2").astype(np.int16)
        if kind in ("mu", "a"):
            return g711.decode(raw, "mu" if kind == "mu" else "a")
        signed = raw.astype(np.int16) - 128 if kind == "u8" else raw.astype(np.int8).astype(np.int16)
        return (signed * 256).astype(np.int16)
