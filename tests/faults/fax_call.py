"""A fax machine calls a box in lockstep, and what must be there afterwards, whatever happened meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image

from tools.scenario.fax_machine import FaxMachine
from tools.scenario.log import read_log
from tools.scenario.stage import Stage

CLOCK = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
IDENT = "+1 514 555 0123"


def pages(tiff: Path, most: int) -> list[bytes]:
    """The dots of each page, as far down as a page of the letter goes; of ``most`` pages."""
    found = []
    with Image.open(tiff) as image:
        for number in range(min(most, getattr(image, "n_frames", 1))):
            image.seek(number)
            found.append(np.asarray(image.convert("1").crop((0, 0, 1728, 150))).tobytes())
    return found


def receive(stage: Stage, letter: Path, seconds: float) -> FaxMachine:
    """A machine has called and sent for so long since the box answered, or has ended before."""
    stage.start()
    call = stage.board.exchange.call("A", "+15145550123", "Roy and sons")
    while call.state != "connected":
        stage.tick()
        assert stage.now_s < 30
    machine = FaxMachine(call.party, letter, IDENT, lambda: call.state == "cleared")
    end = stage.now_s + seconds
    while stage.now_s < end and not machine.done:
        stage.tick()
    return machine


def check(home: Path, letter: Path, confirmed: int) -> None:
    """Every confirmed page is there once, in its place, and can be opened; no TIFF lies there that no page shows."""
    log = read_log(home)
    assert set(log.tiffs.values()) == set((home / "faxes").rglob("*.tif"))
    assert len(log.faxes) == 1 if confirmed else len(log.faxes) <= 1
    for fax in log.faxes:
        kept = pages(log.tiffs[fax["id"]], 99)
        assert confirmed <= fax["pages"] == len(kept)
        assert kept == pages(letter, len(kept))
        assert fax["pdf"] and fax["state"] == "new" and fax["sender"] == IDENT


def gateways(stage: Stage) -> list[int]:
    """The fax gateways of a box."""
    pid = stage.supervisor_pid
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            if b"firmware.gateways.fax" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return found
