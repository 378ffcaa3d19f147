"""Updates over the link: files staged in the slot that is not running, checked by SHA-256, tried, then confirmed or
rolled back.

Life cycle: BEGIN (size, hash, name), CHUNKs in order, END for each file; SWITCH makes the slot pending and resets;
the new program must pass its self-test and be told CONFIRM within CONFIRM_S, else it resets itself and ``boot``
starts the old slot. The bundle's signature is checked by the Pi; this side checks every byte it was promised. ABORT
throws the staged files away; on trial, where the other slot holds the way back, it goes back there at once.
"""

import hashlib
import os

from micropython import const

from . import boot, logging
from . import protocol as p

MAX_FILE = const(65536)
MAX_NAME = const(32)
RESET_AFTER_S = const(1)  # so that the answer still leaves

log = logging.getLogger("update")


class Updates:
    """``root`` is the folder of ``slots.json`` and the slots; ``reset`` restarts the board."""

    def __init__(self, root, reset):
        self._root = root.rstrip("/")
        self._reset = reset
        self._state = boot.read_state(self._root)
        self.on_trial = self._state["pending"] is not None and self._state["tries"] > 0
        self.running = self._state["pending"] if self.on_trial else self._state["slot"]
        self.tested = False  # a self-test has passed since the start
        self._file = None
        self._name = ""
        self._size = 0
        self._at = 0
        self._hash = None
        self._sha256 = b""
        self._seconds = 0
        self._reset_in = -1

    @property
    def _staging(self):
        return self._root + ("/b" if self.running == "a" else "/a")

    @property
    def features(self):
        """What HELLO_R tells of the slot."""
        return (p.FEATURE_TRIAL if self.on_trial else 0) | (p.FEATURE_SLOT_B if self.running == "b" else 0)

    def request(self, kind, payload):
        """One UPDATE message; a status code. Raises ProtocolError on a malformed one."""
        values = p.unpack(kind, payload)
        try:
            if kind == p.UPDATE_BEGIN:
                return self._begin(*values)
            if kind == p.UPDATE_CHUNK:
                return self._chunk(*values)
            if kind == p.UPDATE_END:
                return self._end()
            if kind == p.UPDATE_SWITCH:
                return self._switch()
            if kind == p.UPDATE_CONFIRM:
                return self._confirm()
            return self._abort()
        except OSError as error:
            self._close()
            log.error("%s: %r", self._name, error)
            return p.ERR_STATE

    def second(self, now):
        """Once a second: an unconfirmed program ends itself; a switch takes effect."""
        self._seconds += 1
        if self._reset_in >= 0:
            self._reset_in -= 1
            if self._reset_in < 0:
                self._reset()
        elif self.on_trial and self._seconds >= p.CONFIRM_S - RESET_AFTER_S:
            log.warning("not confirmed within %d s: back to the old program", p.CONFIRM_S)
            self._reset_in = RESET_AFTER_S - 1

    def _begin(self, size, sha256, name):
        self._close()
        stem, _, suffix = bytes(name).partition(b".")
        plain = all(97 <= byte <= 122 or 48 <= byte <= 57 or byte == 95 for byte in stem)  # a-z 0-9 _
        if not plain or not 0 < len(stem) <= MAX_NAME or suffix not in (b"py", b"mpy") or size > MAX_FILE:
            return p.ERR_ARGS
        name = bytes(name).decode()
        if self._state["pending"] is not None:  # on trial, or switched and about to start
            return p.ERR_STATE
        try:
            os.mkdir(self._staging)
        except OSError:
            pass  # it is there already; what it cannot be made for shows when the file is opened
        self._file = open(self._staging + "/" + name + ".new", "wb")
        self._name = name
        self._size = size
        self._at = 0
        self._hash = hashlib.sha256()
        self._sha256 = bytes(sha256)
        return p.OK

    def _chunk(self, offset, data):
        if self._file is None:
            return p.ERR_STATE
        if offset + len(data) <= self._at:
            return p.OK  # sent anew because its answer was lost; the hash would tell if it was not the same
        if offset != self._at or offset + len(data) > self._size:
            return p.ERR_ARGS
        self._file.write(data)
        self._hash.update(data)
        self._at += len(data)
        return p.OK

    def _end(self):
        if self._file is None:
            return p.ERR_STATE
        whole = self._at == self._size and self._hash.digest() == self._sha256
        name = self._staging + "/" + self._name
        self._close()
        if not whole:
            log.warning("%s: %d bytes of %d, or not the SHA-256 that was promised", self._name, self._at, self._size)
            os.remove(name + ".new")
            return p.ERR_ARGS
        os.rename(name + ".new", name)
        stem = name[: name.rindex(".")]
        try:
            os.remove(stem + (".py" if name.endswith(".mpy") else ".mpy"))
        except OSError:
            return p.OK  # as a rule there is none; a .py left beside a new .mpy would be the one that is imported
        return p.OK

    def _switch(self):
        if self._file is not None or self.on_trial:
            return p.ERR_STATE
        files = os.listdir(self._staging)
        if "main.py" not in files and "main.mpy" not in files:
            return p.ERR_STATE
        self._state["pending"] = self._staging[-1]
        self._state["tries"] = 0
        boot.write_state(self._root, self._state)
        self._reset_in = RESET_AFTER_S
        return p.OK

    def _confirm(self):
        if not self.on_trial:
            return p.OK  # asked again: it is confirmed
        if not self.tested or self._reset_in >= 0:  # or it is on its way back already
            return p.ERR_STATE
        self._state = {"slot": self.running, "pending": None, "tries": 0}
        boot.write_state(self._root, self._state)
        self.on_trial = False
        return p.OK

    def _abort(self):
        if self._state["pending"] is not None and not self.on_trial:
            return p.ERR_STATE  # switched: the slot is about to start
        if self.on_trial:
            self._reset_in = RESET_AFTER_S
            return p.OK
        self._close()
        try:
            names = os.listdir(self._staging)
        except OSError:
            return p.OK  # nothing was ever staged
        for name in names:
            os.remove(self._staging + "/" + name)
        return p.OK

    def _close(self):
        if self._file is not None:
            self._file.close()
            self._file = None
