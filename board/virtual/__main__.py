"""The virtual board as a process of its own: ``python -m board.virtual --home DIR [--lockstep PATH] ...``.

Makes ``DIR/run/hat`` (a link to the pseudo-terminal the supervisor opens), ``DIR/run/board.sock`` (sentences) and the
header's ``gpio.sock`` and ``i2c.sock`` beside it, prints the device, and runs until SIGINT or SIGTERM. Exit 2:
something it was told is wrong.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from board.virtual.board import Board
from board.virtual.board_socket import BoardSocket
from board.virtual.console import Console
from board.virtual.hat.engines import KINDS, maker
from board.virtual.header import Header
from board.virtual.lockstep import Lockstep
from board.virtual.realtime import RealTime
from board.virtual.uart import Pty
from drivers.signals import blas


def main(arguments: list[str] | None = None) -> int:
    """Runs the board; the exit status."""
    options = _options(arguments)
    blas.one_thread()
    run = options.home / "run"
    try:
        board = Board(options.country, options.seed, datetime.now().replace(microsecond=0), hat=maker(options.hat))
        run.mkdir(parents=True, exist_ok=True)
        sock = BoardSocket(run / "board.sock", Console(board, Path.cwd()))
        header = Header(lambda: board.now, datetime.now().astimezone())
        header.attach(board)
        header.serve(run)
        pty = Pty(run / "hat")
        pace: Lockstep | RealTime
        pace = Lockstep(board, pty, options.lockstep) if options.lockstep else RealTime(board, pty)
    except (KeyError, OSError, RuntimeError) as error:
        print(f"virtual board: {error.args[0] if isinstance(error, KeyError) else error}", file=sys.stderr)
        return 2
    stopped = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    print(f"virtual board: HAT on {run / 'hat'} ({pty.device}), sentences on {run / 'board.sock'}", flush=True)
    parent = os.getppid()
    while not stopped and (os.getppid() == parent or not options.follow):
        if isinstance(pace, RealTime):
            sock.serve(pace.wait_s)
        else:
            sock.serve(0)
            if not pace.connected and not _host_came(pace):
                continue  # time stands still until there is a Pi
        pace.tick()
    sock.close()
    header.close()
    if isinstance(pace, Lockstep):
        pace.close()
    pty.close()
    board.close()
    return 0


def _host_came(pace: Lockstep) -> bool:
    try:
        pace.wait_for_host(0.1)
    except TimeoutError:
        return False
    return True


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="board.virtual", description="A telephone exchange, two lines, two handsets and the HAT"
    )
    parser.add_argument("--home", type=Path, required=True, help="the box's folder (FRONTDESK_HOME)")
    parser.add_argument("--lockstep", type=Path, help="Unix socket for the lockstep pace; without it: real time")
    parser.add_argument("--country", default="CA", help="row of board/countries.toml (default: CA)")
    parser.add_argument("--seed", type=int, default=0, help="of noise and contact bounce (default: 0)")
    parser.add_argument("--hat", choices=KINDS, default=KINDS[0], help="what stands in the HAT's place")
    parser.add_argument("--follow", action="store_true", help="end when the process that started the board ends")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
