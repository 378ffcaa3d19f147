"""A leg: a port in use by a call, as a dialog sees it.

A dialog is an ordinary coroutine: ``await leg.say(audio)``, ``key = await leg.key(4.0)``. Every wait ends early with
``Gone`` when the other side is no longer there, whatever told of it, so that a dialog need not ask, and with
``CalledOff`` when the box wants the party for something else. What was typed ahead is kept in ``keys``; any key stops
what is being said.

Life cycle: created on a free port, ``release()`` gives the port back; both happen exactly once. A party that is gone
stays gone. A dialog that was called off ends; whoever wanted the leg says ``go_on()`` and has it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from drivers.ports import facts
from drivers.ports.facts import Fact
from drivers.ports.playout import Playing, Source
from drivers.ports.port import Port
from drivers.signals.progress import ToneHeard
from firmware.hat.protocol import RATE
from firmware.supervisor.calls.endings import CalledOff, Gone
from firmware.supervisor.rules.reasons import Reason, because, from_elsewhere

Samples = npt.NDArray[np.int16]
T = TypeVar("T")

# Tones after which nobody is there any more; each must have been heard for at least two cycles by the detector.
HANG_UP_TONES = frozenset({"busy", "reorder", "congestion", "howler"})
# The same on a call that came in. A caller who hangs up in the moment the box answers leaves it a line of its own, and
# the exchange waits for digits: dial tone is no message. Nor is what else it says to a line that is left alone.
LEFT_ALONE_TONES = HANG_UP_TONES | {"dial", "stutter", "unobtainable", "sit"}


class Heard(Generic[T]):
    """Something that is told what a party presses or sounds like, until it is closed."""

    def __init__(self, listeners: list[Callable[[T], None]], hears: Callable[[T], None]) -> None:
        self._listeners = listeners
        self._hears = hears
        listeners.append(hears)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends it; twice is no error."""
        if self._hears in self._listeners:
            self._listeners.remove(self._hears)


class Bridge(Protocol):
    """What joins this party to others (``bridges.join``). Opened and closed as often as is wanted."""

    async def open(self) -> None:
        """They hear each other from now on. Raises LinkError."""

    async def close(self) -> None:
        """They are apart; a HAT that is gone has done so already. Twice is no error."""


class Leg:
    """One party of a call."""

    def __init__(self, port: Port) -> None:
        if port.user is not None:
            raise RuntimeError(f"{port} is in use")
        self.port = port
        self.keys: deque[str] = deque()
        self.gone: Gone | None = None
        self.called_off: CalledOff | None = None
        self.reversed = False  # the line's polarity has changed since the leg began: a sure answer or end signal
        self.gone_at_tones = HANG_UP_TONES
        self.bridge: Bridge | None = None
        self.ignore_tones = False  # in a bridged conversation nothing that sounds like a tone ends the call
        self._hears_keys: list[Callable[[str], None]] = []
        self._waiters: list[asyncio.Future[None]] = []  # several: a display is served while a conversation goes on
        port.user = self
        port.listen_for_keys(True)

    def release(self) -> None:
        """Gives the port back, silent; does nothing if the port was taken from this leg."""
        if self.owns_port:
            self.port.idle()

    @property
    def owns_port(self) -> bool:
        """Whether the port is still this leg's: an emergency call may have taken it."""
        return self.port.user is self

    def end(self, by: str, why: Reason, at: int | None = None) -> None:
        """The party is gone (now, or ``at``); every wait on this leg raises. Of several reasons the earliest counts."""
        gone = Gone(by, why, self.now if at is None else at)
        if self.gone is None or gone.at < self.gone.at:
            self.gone = gone
            self._wake()

    def call_off(self, why: Reason) -> None:
        """The dialog is over, the party is still there: every wait raises until ``go_on``. The first reason stays."""
        if self.called_off is None:
            self.called_off = CalledOff(why)
            self._wake()

    def go_on(self) -> None:
        """The dialog that was called off has ended; who called it off has the leg now."""
        self.called_off = None

    # What the port tells

    @property
    def state(self) -> str:
        return "in use"

    def told(self, fact: Fact) -> None:
        match fact:
            case facts.PutDown():
                self.end("handset", because("hung up"), fact.at)
            case facts.LoopDropped():
                self.end("far end", because("loop drop"), fact.at)
            case facts.BatteryLost():
                self.end("far end", because("line dead"), fact.at)
            case facts.OutOfOrder(usable=False):
                self.end("nobody", because("out of order", fault=fact.why), fact.at)
            case facts.Reversed():
                self.reversed = not self.reversed
            case facts.Digit():
                self.on_key(fact.key)
            case facts.Flashed():
                self.on_key("!")
        self._wake()

    def lost(self, why: str) -> None:
        self.end("link", from_elsewhere(why, "link lost"))

    def dismiss(self, why: str) -> None:
        self.end("box", because(why))

    def on_key(self, key: str) -> None:
        self.keys.append(key)
        for hears in tuple(self._hears_keys):
            hears(key)
        self._wake()

    def on_tone(self, tone: ToneHeard) -> None:
        if tone.tone in self.gone_at_tones and not self.ignore_tones:
            self.end("far end", because(f"{tone.tone} tone"), self.port.tones_since + tone.start)
        self._wake()

    # What a dialog does

    @property
    def now(self) -> int:
        """The sample clock."""
        return self.port.now

    def hears_keys(self, hears: Callable[[str], None]) -> Heard[str]:
        """From now on ``hears`` is told every key of this party, as it is pressed."""
        return Heard(self._hears_keys, hears)

    async def say(self, audio: Samples, *, stop_on_key: bool = True) -> int:
        """Plays ``audio`` until it has been heard to its end or a key stops it; the samples played are the result."""
        if stop_on_key and self.keys:
            self._check()
            return 0
        return await self._play(audio, stop_on_key)

    async def sound(self, source: Source, *, stop_on_key: bool = True) -> None:
        """Plays a tone source until it ends, or for ever, until a key stops it."""
        await self._play(source, stop_on_key)

    async def key(self, timeout: float | None) -> str | None:
        """The next key ('0'-'9', '*', '#', 'A'-'D', '!' for a hook flash), or None after ``timeout`` seconds."""
        await self.until(lambda: bool(self.keys), timeout)
        return self.keys.popleft() if self.keys else None

    async def until(self, condition: Callable[[], bool], timeout: float | None) -> bool:
        """Waits until ``condition`` holds (looked at when something happens on this leg); False after ``timeout``."""
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        while not condition():
            self._check()
            left = None if deadline is None else deadline - loop.time()
            if left is not None and left <= 0:
                return False
            waiter = loop.create_future()
            self._waiters.append(waiter)
            try:
                async with asyncio.timeout(left):
                    await waiter
            except TimeoutError:
                return condition()
            finally:
                self._waiters.remove(waiter)
        self._check()
        return True

    async def pause(self, seconds: float) -> None:
        """Waits, unless the party goes."""
        await self.until(lambda: False, seconds)

    async def _play(self, what: Samples | Source, stop_on_key: bool) -> int:
        playing: Playing = self.port.play(what)
        playing.ended.add_done_callback(lambda _: self._wake())
        try:
            await self.until(lambda: playing.ended.done() or (stop_on_key and bool(self.keys)), None)
        except BaseException:
            self.port.playout.stop()
            raise
        if playing.ended.done():
            await self.pause(self.port.bank.delay / RATE)  # until the last sample has left the HAT
        else:
            self.port.playout.stop()
        return playing.played

    def wake(self) -> None:
        """Has a waiting dialog look at its condition again."""
        self._wake()

    def _check(self) -> None:
        """Raises what has ended the dialog, if anything has."""
        if self.gone is not None:
            raise self.gone
        if self.called_off is not None:
            raise self.called_off

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
