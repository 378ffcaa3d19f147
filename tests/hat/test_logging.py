"""Log messages: the interface is CPython's (and micropython-lib's), the way out is a LOG frame."""

from __future__ import annotations

import json
import logging

from firmware.hat import protocol as p
from firmware.hat.cobs import Splitter, frame, parse
from tests.hat.conftest import FirmwareHost, Maker, micropython, needs_micropython

CALLS = """
class Kept(logging.Handler):
    def emit(self, record):
        lines.append([record.name, record.levelno, record.getMessage() if cpython else record.message])

class Costly:
    def __str__(self):
        raise AssertionError("formatted below the level")

lines = []
root, chip = logging.getLogger(), logging.getLogger("chip")
kept = Kept()
root.addHandler(kept)
root.addHandler(kept)
root.warning("%d mV on %s", 4200, "5 V")
chip.info("below the root's level: %s", Costly())
chip.error("100 %")
chip.setLevel(logging.DEBUG)
chip.debug("%r", "now heard")
kept.setLevel(logging.ERROR)
chip.warning("below the handler's level")
root.critical("%s", "end")
lines.append([logging.getLogger("chip") is chip, chip.isEnabledFor(logging.INFO), chip.getEffectiveLevel()])
root.removeHandler(kept)
lines.append([chip.hasHandlers(), root.isEnabledFor(logging.INFO), root.getEffectiveLevel()])
"""
EXPECTED = [
    ["root", 30, "4200 mV on 5 V"],
    ["chip", 40, "100 %"],
    ["chip", 10, "'now heard'"],
    ["root", 50, "end"],
    [True, True, 10],
    [False, False, 30],
]


def test_the_vectors_are_cpythons() -> None:
    world = {"logging": logging, "cpython": True}
    manager, root = logging.Logger.manager, logging.root
    fresh = logging.RootLogger(logging.WARNING)
    logging.root = logging.Logger.root = fresh
    logging.Logger.manager = logging.Manager(fresh)
    try:
        exec(CALLS, world)
    finally:
        logging.root = logging.Logger.root = root
        logging.Logger.manager = manager
    assert world["lines"] == EXPECTED


@needs_micropython
def test_the_hats_logging_says_the_same_under_micropython() -> None:
    said = micropython(f"import json\nfrom hat import logging\ncpython = False\n{CALLS}\nprint(json.dumps(lines))\n")
    assert json.loads(said) == EXPECTED


def test_a_message_reaches_the_pi_with_its_level(host: FirmwareHost) -> None:
    splitter, heard = Splitter(), []
    host.board.receive(frame(p.HELLO, p.NO_PORT, 9, 0, p.pack(p.HELLO, p.VERSION + 1, 5)))
    for _ in range(3):
        for piece in splitter.feed(host.board.tick()):
            kind, _, _, _, payload = parse(piece)
            if kind == p.LOG:
                heard.append(p.unpack(p.LOG, payload))
    assert heard == [(p.LOG_WARNING, b"requests: HELLO of version 2 refused: this HAT speaks 1")]


@needs_micropython
def test_a_damaged_file_is_told(make_host: Maker) -> None:
    host = make_host("micropython")
    host.request(p.UPDATE_BEGIN, p.NO_PORT, p.pack(p.UPDATE_BEGIN, 3, bytes(32), b"fxs.py"))
    host.request(p.UPDATE_CHUNK, p.NO_PORT, p.pack(p.UPDATE_CHUNK, 0, b"abc"))
    splitter, heard = Splitter(), []
    host.board.receive(frame(p.UPDATE_END, p.NO_PORT, 999, 0))
    for _ in range(3):
        for piece in splitter.feed(host.board.tick()):
            kind, _, _, _, payload = parse(piece)
            if kind == p.LOG:
                heard.append(p.unpack(p.LOG, payload)[1].decode())
    assert heard == ["update: fxs.py: 3 bytes of 3, or not the SHA-256 that was promised"]
