"""The HAT's side of the link, played by a gateway: the box is host, over a Unix socket (``drivers/remote.py``).

A ``Played`` answers HELLO, hands commands and blocks of sound to what stands behind its ports, and tells the box their
events. The box gives the beat: for each AUDIO_DOWN one AUDIO_UP with the same time stamp goes back. A stream needs
nothing resent, so the box's ACKs are passed over.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import Any, Protocol

from firmware.hat import protocol as p
from firmware.hat.cobs import FrameError, Splitter, frame, parse

_PACKET = 65536
_UID = 8


class Behind(Protocol):
    """What a gateway has behind its ports."""

    def block(self, ts: int, mask: int, codes: bytes) -> tuple[int, bytes]:
        """Hears 160 codes for each port of ``mask``, sample by sample; what the ports say, likewise."""

    def command(self, op: int, port: int, args: tuple[Any, ...]) -> int:
        """Does an operation of the protocol; its status, OK or ERR_..."""


class Played:
    """The socket to the box. ``kinds``: one of the protocol's a port."""

    def __init__(self, line: socket.socket, kinds: bytes, behind: Behind) -> None:
        self._line = line
        self._kinds = kinds
        self._behind = behind
        self._splitter = Splitter()
        self._seq = 0
        self._ts = 0

    def serve(self, going_on: Callable[[], bool] = lambda: True) -> None:
        """Until the box has gone or nothing is ``going_on``. Raises what ``behind`` raises."""
        with contextlib.suppress(ConnectionError):
            while going_on() and (data := self._line.recv(_PACKET)):
                for piece in self._splitter.feed(data):
                    with contextlib.suppress(FrameError, p.ProtocolError):
                        self._frame(*parse(piece))

    def tell(self, port: int, kind: int, *args: Any) -> None:
        """An event of a port, now."""
        payload = p.pack(p.EVENT, kind, self._ts, p.pack_args(p.EVENTS, kind, *args))
        self._line.sendall(frame(p.EVENT, port, self._seq, self._ts, payload))
        self._seq = (self._seq + 1) & 0xFFFF

    def _frame(self, kind: int, port: int, seq: int, ts: int, payload: bytes) -> None:
        if kind == p.AUDIO_DOWN:
            if len(payload) != port.bit_count() * p.BLOCK:
                raise p.ProtocolError(f"AUDIO_DOWN: {len(payload)} samples for the ports {port:#x}")
            self._ts = ts
            mask, codes = self._behind.block(ts, port, payload)
            self._answer(p.AUDIO_UP, mask, seq, p.pack(p.AUDIO_UP, 0, 0, 0, codes))
        elif kind == p.CMD:
            op, _, args = p.unpack(p.CMD, payload)
            status = self._behind.command(op, port, p.unpack_args(p.OPS, op, args)) if op in p.OPS else p.ERR_UNKNOWN
            self._answer(p.CMD_R, port, seq, p.pack(p.CMD_R, op, status, b""))
        elif kind == p.CFG:
            self._answer(p.CFG_R, port, seq, p.pack(p.CFG_R, payload[0] if payload else 0, p.ERR_UNKNOWN, 0))
        elif kind == p.HELLO:
            version, session = p.unpack(p.HELLO, payload)
            status = p.OK if version == p.VERSION else p.ERR_VERSION
            kinds = self._kinds.ljust(8, b"\0")
            said = (p.VERSION, status, session, 0, 0, 0, bytes(_UID), 0, len(self._kinds), kinds, 0, 0, 0)
            self._answer(p.HELLO_R, port, seq, p.pack(p.HELLO_R, *said))

    def _answer(self, kind: int, port: int, seq: int, payload: bytes) -> None:
        self._line.sendall(frame(kind, port, seq, self._ts, payload))
