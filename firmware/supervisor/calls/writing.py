"""One call's writes: what happens is handed to the store as it happens, and nobody waits long for a disk.

Before the row is there what is written about it is held, and follows it. Where the disk is full or fails, all of it
waits in the store until the disk takes it; the Health page says so meanwhile. Nothing here raises.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from drivers.clock import SampleLoop
from firmware.supervisor.rules.reasons import Reason, because
from firmware.supervisor.store import calls as rows
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import StoreError

log = logging.getLogger(__name__)

NOTES = 500  # lines of one call's timeline; a long ordinary one has fifty
PATIENCE_S = 0.5  # how long a call waits for the store


class Writing:
    """``id``: of the call's row, once it is there."""

    def __init__(self, loop: SampleLoop, database: Database) -> None:
        self._loop = loop
        self._database = database
        self.id: int | None = None
        self._noted = 0
        self._held: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = []

    async def begin(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Writes the row by ``fn(connection, ...)``, which gives its id; waits for it PATIENCE_S at most."""
        writing = asyncio.ensure_future(self.kept(fn, *args, **kwargs))
        writing.add_done_callback(self._has_row)
        await asyncio.wait({writing}, timeout=PATIENCE_S)

    def note(self, at_s: float, kind: str, why: Reason | None, detail: dict[str, Any]) -> None:
        """Adds a line to the timeline. Of more than NOTES the last says so: keys fill no disk."""
        self._noted += 1
        if self._noted > NOTES:
            return
        if self._noted == NOTES:
            kind, why, detail = "decision", because("not all written down"), {}
        if why is not None:
            detail |= dict(why.fields)
        self.post(rows.event, round(at_s, 3), kind, detail, why.id if why is not None else "")

    def post(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Hands ``fn(connection, id, ...)`` over; what goes wrong is logged, the store's health tells the page."""
        if self.id is None:
            self._held.append((fn, args, kwargs))
            return
        try:
            kept = self._database.keep(fn, self.id, *args, **kwargs)
        except StoreError as error:
            log.error("call log: %s", error)
            return
        kept.done.add_done_callback(_report)
        self._loop.keep_pace(kept.tried, 1)

    async def written(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The result of ``fn(connection, ...)`` once it is on the disk, however long that takes; None: it failed."""
        try:
            return await self._loop.settle(self._database.write(fn, *args, **kwargs))
        except Exception as error:  # whatever fails there, nobody's conversation ends for the log of it
            log.error("call log: %s", error)
            return None

    async def kept(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """As ``written``, but a disk that fails is waited for."""
        try:
            kept = self._database.keep(fn, *args, **kwargs)
            with contextlib.suppress(Exception):  # that is the pace; what counts is what the store says
                await self._loop.settle(kept.tried)
            return await asyncio.wrap_future(kept.done)
        except Exception as error:  # whatever fails there, nobody's conversation ends for the log of it
            log.error("call log: %s", error)
            return None

    async def soon(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """As ``written``, but None after PATIENCE_S: the write goes on without anybody waiting for it."""
        return await patiently(self.written(fn, *args, **kwargs))

    def _has_row(self, writing: asyncio.Task[Any]) -> None:
        """The row is on the disk: what was noted meanwhile follows."""
        self.id = writing.result()
        held, self._held = self._held, []
        for fn, args, kwargs in held if self.id is not None else []:
            self.post(fn, *args, **kwargs)


async def patiently(write: Coroutine[Any, Any, Any]) -> Any:
    """The result of a write; None after PATIENCE_S: it goes on without anybody waiting for it."""
    writing = asyncio.ensure_future(write)
    await asyncio.wait({writing}, timeout=PATIENCE_S)
    return writing.result() if writing.done() else None


def _report(future: concurrent.futures.Future[Any]) -> None:
    error = future.exception()
    if error is not None:
        log.error("call log: %s", error)
