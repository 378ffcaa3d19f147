"""A rig for the Pi's drivers: the real virtual board in lockstep in another thread, a SampleLoop in this one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from board.virtual.board import Board
from board.virtual.lockstep import Lockstep
from board.virtual.uart import Pty
from drivers.clock import SampleLoop
from drivers.link import Link


class Rig:
    """One board and one link. ``at`` schedules what the board's world does; ``run`` runs the Pi's side to its end."""

    def __init__(self, folder: Path, board: Board | None = None) -> None:
        self.board = Board("CA", seed=7) if board is None else board
        self._pty = Pty()
        self._pace = Lockstep(self.board, self._pty, folder / "lockstep")
        self.loop = SampleLoop(lockstep=True)
        self.link = Link(self.loop, self._pty.device, str(folder / "lockstep"))
        self._script: list[tuple[float, Callable[[Board], object]]] = []
        self._ended = threading.Event()

    def at(self, seconds: float, what: Callable[[Board], object]) -> None:
        """``what(board)`` runs before the block that begins at ``seconds`` on the board's clock."""
        self._script.append((seconds, what))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The result of ``work``, run against the ticking board."""
        failure: list[BaseException] = []
        ticking = threading.Thread(target=self._tick, args=(failure,), daemon=True)
        ticking.start()
        self.link.on_gone = self.loop.stop
        try:
            return self.loop.run_until_complete(work)
        finally:
            self._ended.set()
            self.link.close()
            ticking.join(10)
            if failure:
                raise failure[0]

    def close(self) -> None:
        """Ends the rig; a test that did not run the link closes it too."""
        self._ended.set()
        self.link.close()
        self._pace.close()
        self._pty.close()
        self.loop.close()

    def _tick(self, failure: list[BaseException]) -> None:
        try:
            self._pace.wait_for_host(10)
            while not self._ended.is_set() and self._pace.connected:
                now = self.board.now / 8000
                for item in [item for item in self._script if item[0] <= now]:
                    self._script.remove(item)
                    item[1](self.board)
                self._pace.tick()
        except BaseException as error:
            failure.append(error)
            self._pace.close()  # the Pi's side sees the board go, and the test ends


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()
