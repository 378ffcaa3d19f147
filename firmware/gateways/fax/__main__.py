"""``python -m firmware.gateways.fax --folder FAXES [--fd N]``: does one job for the box, over a socket, and ends.

The socket is SOCK_SEQPACKET and carries frames of the link's protocol. In comes first a LOG frame whose text is the
job as JSON: ``{"job": "receive", "tiff": "2026-03/000001-fax-1.tif", "law": "mu",
"skip_tone": false}`` or ``{"job": "pdf", "tiff": ...}``.
Out go LOG frames whose text is a ``Report``, the last one with ``over``. For a fax this program then plays a HAT of one
port (``firmware.gateways.played``): it answers HELLO once it is ready, and each AUDIO_DOWN by an AUDIO_UP; the far end
closing the socket ends the job. systemd hands the socket over as standard input
(``board/systemd/frontdesk-fax.socket``); without it the supervisor starts this program itself.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import sys
from pathlib import Path
from typing import Any

from firmware.fax_files import NAME, Report, writing
from firmware.gateways.fax import pdf, receive, terminal
from firmware.gateways.fax.confined import confine
from firmware.hat import protocol as p
from firmware.hat.cobs import FrameError, Splitter, parse

PACKET = 65536
LISTENS_S = 20.0  # after its last words


def main(arguments: list[str] | None = None) -> int:
    """Does the job. Exit code 0 when its last report was sent, 2 where what is asked is no job."""
    parser = argparse.ArgumentParser(prog="python -m firmware.gateways.fax")
    parser.add_argument("--fd", type=int, default=0)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args(arguments)
    with socket.socket(fileno=options.fd) as line, writing(options.folder):
        try:
            job = _job(line.recv(PACKET))
            tiff = options.folder / job["tiff"]
            # Everything that is loaded is loaded now: afterwards this process sees the folder and nothing else
            if job["job"] == "receive":
                receive.prepare()
                confine(options.folder)
                report = receive.receive(line, tiff, job["law"], job.get("skip_tone") is True)
            else:
                pdf.prepare()
                confine(options.folder)
                report = pdf.make(tiff)
        except terminal.FaxUnavailable as error:
            report = Report(why=str(error), over=True)
        except (ValueError, FrameError, p.ProtocolError) as error:
            print(f"fax gateway: {error}", file=sys.stderr)
            return 2
        with contextlib.suppress(OSError):  # the box has gone; it finds what lies in the folder
            line.sendall(receive.told(report))
            line.shutdown(socket.SHUT_WR)
            line.settimeout(LISTENS_S)
            while line.recv(PACKET):  # whoever closes on unread frames takes his last words back
                pass
    return 0


def _job(packet: bytes) -> dict[str, Any]:
    """What is asked. Raises ValueError and the link's errors."""
    for piece in Splitter().feed(packet):
        kind, _, _, _, payload = parse(piece)
        if kind == p.LOG:
            job = json.loads(p.unpack(p.LOG, payload)[1])
            if isinstance(job, dict) and job.get("job") in ("receive", "pdf") and NAME.fullmatch(str(job.get("tiff"))):
                return job
    raise ValueError("expected a job: receive or pdf, and the TIFF's name")


if __name__ == "__main__":
    sys.exit(main())
