"""The Pi's side of an update of the HAT's program: files staged, switched to, tested, confirmed, or taken back.

Life cycle, over a ``Link`` that is connected: ``stage`` for each file of the program, ``switch`` (the HAT restarts into
what was staged and is greeted again), ``selftest``, ``confirm``. ``abort`` at any time: before the switch it throws the
staged files away, on trial it sends the HAT back to the program it had. Whatever happens to the Pi or the link on the
way, the HAT ends with a whole program: nothing is started before SWITCH, and what nobody confirms within CONFIRM_S is
rolled back by the HAT itself (``firmware/hat/slots.py``). The signature of a bundle is the caller's to check first.

Chunks go out WINDOW at a time. A lost one is resent by the link and acted on once; those that overtook it are refused,
and the window goes back to the first that did not arrive. What the link has given up on (CommandLost) is tried TRIES
times. Errors: UpdateRefused (the HAT said no; which step, which file, why), RolledBack (the new program did not stay),
CommandLost and LinkLost from the link.

Nothing here looks at calls: an update restarts the HAT, so ask ``in_use`` first.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from drivers.link import CommandLost, Link, LinkError, LinkLost
from drivers.telephone import Hello
from firmware.hat import protocol as p

CHUNK = 768  # bytes of a file in one message: three pages of the flash
WINDOW = 3  # chunks under way: with a block of audio less than the HAT's 4096 bytes of receive buffer
TRIES = 4  # of a chunk, and of a file: each is sent protocol.RETRIES times by the link
RESTART_S = 20.0  # from SWITCH to HELLO, a roll-back by the watchdog on the way included
SETTLE_S = 3.0  # from HELLO until the line chips are up and faults have been noticed (20 s is the longest self-test)
SELFTEST_S = 30.0

_STEPS = {
    p.UPDATE_BEGIN: "begin",
    p.UPDATE_CHUNK: "chunk",
    p.UPDATE_END: "end",
    p.UPDATE_SWITCH: "switch",
    p.UPDATE_CONFIRM: "confirm",
    p.UPDATE_ABORT: "abort",
}


class UpdateRefused(LinkError):
    """The HAT refused a step of the update; ``status`` is its code."""

    def __init__(self, step: str, why: str, status: int) -> None:
        text = p.STATUS_TEXT[status] if status < len(p.STATUS_TEXT) else f"status {status}"
        super().__init__(f"update, {step}: {why} ({text})")
        self.status = status


class RolledBack(LinkError):
    """The HAT runs its old program again."""


@dataclass(frozen=True)
class Step:
    """One step of a self-test, as the HAT told it; ``value`` in the unit of the step (see ``protocol.STEP_*``)."""

    port: int
    step: int
    result: int
    value: int
    text: str


@dataclass
class SelfTest:
    """A whole self-test; ``failed`` counts the steps that failed."""

    steps: list[Step] = field(default_factory=list)
    failed: int = 0

    @property
    def faults(self) -> list[Step]:
        """The steps that failed."""
        return [step for step in self.steps if step.result == p.RESULT_FAIL]


def slot(hello: Hello) -> str:
    """The slot the HAT's program runs from: "a" or "b"."""
    return "b" if hello.features & p.FEATURE_SLOT_B else "a"


def on_trial(hello: Hello) -> bool:
    """Whether the program has yet to be confirmed."""
    return bool(hello.features & p.FEATURE_TRIAL)


class HatUpdate:
    """One update over one connected link. ``reconnect`` greets the HAT after its restart: the link's own ``connect``,
    or what the box does when its link comes back."""

    def __init__(self, link: Link, reconnect: Callable[[], Awaitable[Hello]] | None = None) -> None:
        self._link = link
        self._reconnect = reconnect or link.connect
        self.old_slot = slot(link.hello)
        """The slot that runs while files are staged, and again after a roll-back."""
        self._name = ""

    def in_use(self) -> list[int]:
        """Ports that are off hook, ringing or bridged by the HAT's last STATUS: an update would cut them off."""
        busy = p.STATE_OFFHOOK | p.STATE_RINGING | p.STATE_BRIDGED
        return [number for number, port in enumerate(self._link.status.ports) if port[0] & busy]

    # A file

    async def begin(self, size: int, sha256: bytes, name: str) -> None:
        """Opens a file in the slot that is not running; one that was under way is dropped."""
        self._name = name
        await self._ask(p.UPDATE_BEGIN, size, sha256, name.encode(), why=f"{name}, {size} bytes, is not accepted")

    async def chunk(self, offset: int, data: bytes) -> None:
        """Sends the bytes at ``offset``, which must be the next ones."""
        await self._ask(p.UPDATE_CHUNK, offset, data, why=f"{self._name}: the bytes at {offset} are not accepted")

    async def end(self) -> None:
        """Closes the file; the HAT compares its length and SHA-256 with what ``begin`` promised."""
        await self._ask(p.UPDATE_END, why=f"{self._name}: length or SHA-256 is not what was promised")

    async def stage(
        self, name: str, data: bytes, sha256: bytes | None = None, progress: Callable[[int], None] = lambda done: None
    ) -> None:
        """Sends a whole file; ``progress`` gets the bytes that have arrived.

        ``sha256`` is what the bundle promises of it (its own, if None). Begun again when its answers are lost.
        """
        digest = hashlib.sha256(data).digest() if sha256 is None else sha256
        for attempt in range(TRIES):
            try:
                await self.begin(len(data), digest, name)
                await self._chunks(data, progress)
                await self.end()
                return
            except CommandLost:
                if attempt == TRIES - 1:
                    raise

    async def _chunks(self, data: bytes, progress: Callable[[int], None]) -> None:
        at = lost = 0
        while at < len(data):
            starts = range(at, min(at + WINDOW * CHUNK, len(data)), CHUNK)
            sent = [self.chunk(start, data[start : start + CHUNK]) for start in starts]
            outcomes = await asyncio.gather(*sent, return_exceptions=True)
            for start, outcome in zip(starts, outcomes, strict=True):
                if isinstance(outcome, UpdateRefused) and outcome.status == p.ERR_ARGS and start > at:
                    break  # it overtook one that was lost: from there again
                if isinstance(outcome, CommandLost) and lost < TRIES:
                    lost += 1
                    break
                if isinstance(outcome, BaseException):
                    raise outcome
                lost = 0
                progress(min(start + CHUNK, len(data)))
            else:
                start = starts.stop
            at = start

    # The program

    async def switch(self) -> Hello:
        """Has the HAT start what was staged, and waits for its HELLO. Raises RolledBack, LinkLost."""
        lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        told, self._link.on_lost = self._link.on_lost, lambda why: None if lost.done() else lost.set_result(why)
        try:
            await self._ask(p.UPDATE_SWITCH, why="there is no whole program in the slot")
            try:
                async with asyncio.timeout(RESTART_S):
                    told(await lost)
                    self._link.on_lost = told
                    hello = await self._reconnect()
            except TimeoutError:
                raise RolledBack(f"the HAT did not come back within {RESTART_S:.0f} s of the switch") from None
        finally:
            self._link.on_lost = told
        if not on_trial(hello) or slot(hello) == self.old_slot:
            raise RolledBack(f"the new program did not start: {hello.firmware} in slot {slot(hello)} runs again")
        return hello

    async def selftest(self, which: int = 0) -> SelfTest:
        """The HAT's own test, of everything (0) or of port ``which`` - 1. Raises UpdateRefused when one is running."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        result = SelfTest()

        def take(port: int, kind: int, ts: int, values: tuple[Any, ...]) -> None:
            if kind == p.SELFTEST_STEP:
                step, outcome, value, text = values
                result.steps.append(Step(port, step, outcome, value, text.decode("utf-8", "replace")))
            elif not done.done():
                done.set_result(values[0])

        before, self._link.on_selftest = self._link.on_selftest, take
        try:
            (status,) = await self._link.ask(p.SELFTEST, which)
            if status != p.OK:
                raise UpdateRefused("self-test", "it does not start", status)
            async with asyncio.timeout(SELFTEST_S):
                result.failed = await done
        except TimeoutError:
            raise CommandLost(f"the self-test did not end within {SELFTEST_S:.0f} s") from None
        finally:
            self._link.on_selftest = before
        return result

    async def confirm(self) -> None:
        """Keeps the program that is on trial; the HAT wants a passed self-test first."""
        await self._ask(p.UPDATE_CONFIRM, why="no self-test of the new program has passed")

    async def abort(self) -> None:
        """Throws the staged files away; on trial it sends the HAT back to its old program within two seconds."""
        await self._ask(p.UPDATE_ABORT, why="the HAT has switched already")

    async def back(self) -> Hello:
        """``abort`` on trial, and the HELLO of the old program. Raises LinkLost when it does not come.

        A HAT that does not answer goes back by itself, CONFIRM_S after the switch at the latest.
        """
        with contextlib.suppress(LinkError):
            await self.abort()
        try:
            async with asyncio.timeout(p.CONFIRM_S + RESTART_S):
                while True:
                    while self._link.up:
                        await asyncio.sleep(0.1)
                    hello = await self._reconnect()
                    if slot(hello) == self.old_slot and not on_trial(hello):
                        return hello
        except TimeoutError:
            raise LinkLost("the HAT has not come back to its old program") from None

    async def _ask(self, kind: int, *values: Any, why: str) -> None:
        asked, status = await self._link.ask(kind, *values)
        if status != p.OK or asked != kind:
            raise UpdateRefused(_STEPS[kind], why, status)
