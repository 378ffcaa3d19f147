"""Receives one fax: blocks in and out, and each page on the disk before the sender is told that it was received.

T.30 says "received" (MCF) after a page: the block with which the message begins leaves here only when the page and
the report that counts it are on the disk. A disk that takes too long costs a repeated message, a disk that is full
ends the call: nobody is told of a page that is not there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import socket
from pathlib import Path
from typing import Any

from firmware.fax_files import MOST_LINES, Report, mend, pages_in, write_report
from firmware.gateways.fax import terminal
from firmware.gateways.fax.terminal import Terminal
from firmware.hat import protocol as p
from firmware.hat.cobs import FrameError, Splitter, frame, parse

_PACKET = 65536
DISK_FULL = "a page could not be written to the disk"
TOO_LONG = "a page was too long"


class _Refused(Exception):
    """The call must end before the page is confirmed; in words, why."""


def prepare() -> None:
    """Loads what is needed. Raises FaxUnavailable."""
    terminal.library()


def told(report: Report) -> bytes:
    """The frame that tells the box of a report."""
    made: bytes = frame(p.LOG, 0, 0, 0, p.pack(p.LOG, 0, report.to_json()))
    return made


def receive(line: socket.socket, tiff: Path, law: str, skip_tone: bool = False) -> Report:
    """Receives until T.30, the box or the line ends it; ``skip_tone``: begins with DIS. Raises FaxUnavailable."""
    try:
        tiff.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Report(why=DISK_FULL, over=True)
    known, why = Report(), ""
    receiving = Terminal(tiff, law)
    if skip_tone:
        receiving.skip_answering_tone()
    splitter = Splitter()
    try:
        line.sendall(told(known))
        while receiving.active and (data := line.recv(_PACKET)):
            for piece in splitter.feed(data):
                answer = _answer(receiving, piece)
                known = _keep(receiving, tiff, known, line)
                if answer:
                    line.sendall(answer)
    except _Refused as refused:
        why = str(refused)
    except OSError:  # the box has gone: what is kept is kept
        pass
    finally:
        receiving.close()
    known = dataclasses.replace(known, why=why, over=True)
    if known.pages:
        with contextlib.suppress(OSError):
            mend(tiff, known.pages)
        _write(tiff, known)
    return known


def _keep(receiving: Terminal, tiff: Path, known: Report, line: socket.socket) -> Report:
    """Where another page has come: onto the disk with it, and the box is told. Raises _Refused."""
    now = receiving.progress()
    if now.lines > MOST_LINES:
        raise _Refused(TOO_LONG)
    if now.pages <= known.pages:
        return known
    report = Report(now.pages, now.ident, now.bit_rate)
    if pages_in(tiff) < now.pages or not _write(tiff, report):
        raise _Refused(DISK_FULL)
    line.sendall(told(report))
    return report


def _write(tiff: Path, report: Report) -> bool:
    try:
        write_report(tiff, report)
    except OSError as error:
        return error.errno == errno.EINVAL  # a file system that knows no fsync
    return True


def _answer(receiving: Terminal, piece: bytes) -> bytes:
    """The frame that answers one of the box's; nothing for what is no audio."""
    try:
        kind, port, seq, ts, payload = parse(piece)
        if kind != p.AUDIO_UP:
            return b""
        _, _, _, codes = p.unpack(p.AUDIO_UP, payload)
        answer: Any = frame(p.AUDIO_DOWN, port, seq, ts, receiving.exchange(codes))
        return bytes(answer)
    except (FrameError, p.ProtocolError, ValueError):
        return b""
