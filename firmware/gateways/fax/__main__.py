"""``python -m firmware.gateways.fax --fd N --tiff FILE --law mu``: receives one fax over an inherited socket.

In: AUDIO_UP frames of the link's protocol, one port. Out: an AUDIO_DOWN for each, at the end one LOG frame whose text
is JSON: ``{"pages": n, "ident": "...", "bit_rate": n, "why": ""}``. The far end of the socket closing ends the call.
Beside the TIFF a PDF of the same pages is made. Files and processor time are limited, whatever is sent.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import socket
import sys
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from firmware.gateways.fax.terminal import FaxUnavailable, Report, Terminal
from firmware.hat import protocol as p
from firmware.hat.cobs import FrameError, Splitter, frame, parse

LARGEST_FILE = 100 * 2**20  # bytes
LONGEST_CPU_S = 600
MOST_PAGES = 500  # turned into the PDF


def main(arguments: list[str] | None = None) -> int:
    """Receives until T.30 or the line ends it. Exit code 0 when a report was sent."""
    parser = argparse.ArgumentParser(prog="python -m firmware.gateways.fax")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--tiff", type=Path, required=True)
    parser.add_argument("--law", choices=("mu", "a"), required=True)
    options = parser.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_CPU_S, LONGEST_CPU_S))
    with socket.socket(fileno=options.fd) as line:
        try:
            report, why = _receive(line, options.tiff, options.law), ""
        except FaxUnavailable as error:
            report, why = Report(0, "", 0), str(error)
        text = json.dumps(dataclasses.asdict(report) | {"why": why}).encode()
        line.sendall(frame(p.LOG, 0, 0, 0, p.pack(p.LOG, 0, text)))
    return 0


def _receive(line: socket.socket, tiff: Path, law: str) -> Report:
    tiff.parent.mkdir(parents=True, exist_ok=True)
    terminal = Terminal(tiff, law)
    splitter = Splitter()
    try:
        while terminal.active and (data := line.recv(65536)):
            for piece in splitter.feed(data):
                answer = _answer(terminal, piece)
                if answer:
                    line.sendall(answer)
        report = terminal.report()
    except OSError:  # the supervisor has gone, or the file grew too large: what was received counts
        report = terminal.report()
    finally:
        terminal.close()
    pages = _make_pdf(tiff) if report.pages else 0
    return dataclasses.replace(report, pages=pages)


def _answer(terminal: Terminal, piece: bytes) -> bytes:
    """The frame that answers one of the box's; nothing for what is no audio."""
    try:
        kind, port, seq, ts, payload = parse(piece)
        if kind != p.AUDIO_UP:
            return b""
        _, _, _, codes = p.unpack(p.AUDIO_UP, payload)
        answer: Any = frame(p.AUDIO_DOWN, port, seq, ts, terminal.exchange(codes))
        return bytes(answer)
    except (FrameError, p.ProtocolError, ValueError):
        return b""


def _make_pdf(tiff: Path) -> int:
    """Turns the pages into a PDF beside the TIFF; how many there are, 0 where the file cannot be read."""
    try:
        with Image.open(tiff) as image:
            pages = []
            for number in range(min(getattr(image, "n_frames", 1), MOST_PAGES)):
                image.seek(number)
                pages.append(image.copy())
            horizontal = float(image.info.get("dpi", (204.0, 98.0))[0])
    except (OSError, UnidentifiedImageError, ValueError):
        return 0
    upright = [_square(page) for page in pages]
    upright[0].save(tiff.with_suffix(".pdf"), save_all=True, append_images=upright[1:], resolution=horizontal)
    return len(upright)


def _square(page: Image.Image) -> Image.Image:
    """A page whose pixels are as high as wide: fax lines are 98 or 196 to the inch, columns 204."""
    across, down = (float(value) for value in page.info.get("dpi", (204.0, 98.0)))
    height = max(1, round(page.height * across / max(down, 1.0)))
    return page.convert("1").resize((page.width, height))


if __name__ == "__main__":
    sys.exit(main())
