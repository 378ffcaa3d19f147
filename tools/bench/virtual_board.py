"""What one 20 ms block of the virtual board costs: exchange, lines, stand-in HAT, framing. No peer works this way.

The board may cost 0.35 ms a block with two lines up, so that a three-minute call with both processes stays under 5 s.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from board.virtual.board import Board
from firmware.hat import protocol as p
from firmware.hat.cobs import frame

BLOCKS = 1500
COMMAND = "python -m tools.bench virtual_board"


def run() -> list[dict[str, Any]]:
    """The rows: milliseconds of processor time a block."""
    return [
        {"what": what, "ours": _measured(lines, bridged), "peer": None, "unit": "ms", "command": COMMAND}
        for what, lines, bridged in (
            ("a block, everything idle", "", False),
            ("a block, two lines talking to the box", "AB", False),
            ("a block, two handsets bridged to two lines", "AB", True),
        )
    ]


def _measured(lines: str, bridged: bool) -> float:
    board = Board("CA", 1)
    seq = 0

    def send(kind: int, port: int, payload: bytes) -> None:
        nonlocal seq
        seq += 1
        board.receive(frame(kind, port, seq, board.now, payload))
        board.tick()

    send(p.HELLO, p.NO_PORT, p.pack(p.HELLO, p.VERSION, 1))
    voice = (np.random.default_rng(1).standard_normal((BLOCKS + 400) * p.BLOCK) * 2000).astype(np.int16)
    calls = [board.exchange.call(line, f"+1514555012{at}", presentation="none") for at, line in enumerate(lines)]
    for at, call in enumerate(calls):
        _pass(board, 20)
        send(p.CMD, at, p.pack(p.CMD, p.OP_OFFHOOK, 0, b""))
        call.party.say(voice)
        if bridged:
            handset = board.handsets["CD"[at]]
            handset.lift()
            _pass(board, 10)
            handset.party.say(voice)
            send(p.CMD, p.NO_PORT, p.pack(p.CMD, p.OP_BRIDGE, 0, p.pack_args(p.OPS, p.OP_BRIDGE, at, 2 + at)))
    mask = 0 if bridged else (1 << len(lines)) - 1
    codes = np.random.default_rng(2).integers(0, 256, p.BLOCK * mask.bit_count(), np.uint8).tobytes()
    answers = [frame(p.AUDIO_DOWN, mask, 0, board.now + at * p.BLOCK, codes) for at in range(BLOCKS)]
    began = time.process_time()
    for answer in answers:
        board.tick()
        board.receive(answer)
    return (time.process_time() - began) * 1000 / BLOCKS


def _pass(board: Board, blocks: int) -> None:
    for _ in range(blocks):
        board.tick()
