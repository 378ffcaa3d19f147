"""Receives one fax: a telephone of one port that the box plays the line to, and what it says goes to the line.

Each page is on the disk before its sender is told that it was received. T.30 says "received" (MCF) after a page: the
block with which the message begins leaves here only when the page and the report that counts it are on the disk. A disk
that takes too long costs a repeated message, a disk that is full ends the call: nobody is told of a page that is not
there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import socket
from pathlib import Path
from typing import Any

from drivers.signals import g711
from firmware.fax_files import MOST_LINES, Report, mend, pages_in, write_report
from firmware.gateways.fax.terminal import Terminal, library
from firmware.gateways.played import Played
from firmware.hat import protocol as p
from firmware.hat.cobs import frame

DISK_FULL = "fax disk full"
TOO_LONG = "fax page too long"


class _Refused(Exception):
    """The call must end before the page is confirmed; its text is why."""


def prepare() -> None:
    """Loads what is needed. Raises FaxUnavailable."""
    library()


def told(report: Report) -> bytes:
    """The frame that tells the box of a report."""
    made: bytes = frame(p.LOG, 0, 0, 0, p.pack(p.LOG, 0, report.to_json()))
    return made


def receive(line: socket.socket, tiff: Path, law: g711.Law, skip_tone: bool = False) -> Report:
    """Receives until T.30, the box or the line ends it; ``skip_tone``: begins with DIS. Raises FaxUnavailable."""
    try:
        tiff.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Report(why=DISK_FULL, over=True)
    terminal = Terminal(tiff, law)
    if skip_tone:
        terminal.skip_answering_tone()
    receiving = _Receiving(line, terminal, tiff, law)
    why = ""
    try:
        Played(line, bytes([p.EXT]), receiving).serve(lambda: terminal.active)
    except _Refused as refused:
        why = str(refused)
    except OSError:  # the box has gone: what is kept is kept
        pass
    finally:
        terminal.close()
    known = dataclasses.replace(receiving.known, why=why, over=True)
    if known.pages:
        with contextlib.suppress(OSError):
            mend(tiff, known.pages)
        _write(tiff, known)
    return known


class _Receiving:
    """The fax terminal as the telephone behind the one port: off the hook from its first block on."""

    def __init__(self, line: socket.socket, terminal: Terminal, tiff: Path, law: g711.Law) -> None:
        self.known = Report()
        self._line = line
        self._terminal = terminal
        self._tiff = tiff
        self._silence = bytes([g711.SILENCE[law]]) * p.BLOCK

    def command(self, op: int, port: int, args: tuple[Any, ...]) -> int:
        """There is nothing to be done to a fax machine."""
        return p.ERR_UNKNOWN

    def block(self, ts: int, mask: int, codes: bytes) -> tuple[int, bytes]:
        """What is said leaves only once all that it may confirm is kept. Raises _Refused."""
        said = self._terminal.exchange(codes if mask == 1 else self._silence)
        self._keep()
        return 1, said

    def _keep(self) -> None:
        """Where another page has come: onto the disk with it, and the box is told. Raises _Refused."""
        now = self._terminal.progress()
        if now.lines > MOST_LINES:
            raise _Refused(TOO_LONG)
        if now.pages <= self.known.pages:
            return
        report = Report(now.pages, now.ident, now.bit_rate)
        if pages_in(self._tiff) < now.pages or not _write(self._tiff, report):
            raise _Refused(DISK_FULL)
        self._line.sendall(told(report))
        self.known = report


def _write(tiff: Path, report: Report) -> bool:
    try:
        write_report(tiff, report)
    except OSError as error:
        return error.errno == errno.EINVAL  # a file system that knows no fsync
    return True
