"""Office on telephones: somebody is looked for while the caller hears music, and the two are joined.

Life cycle: one ``Reaching`` for the call of one caller. Whatever ends a search, nothing rings after it and every port
is given back. A caller who waits is heard all the while: a hang-up, a key that asks for a message, a handset lifted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from firmware.supervisor.assistant.caller.message import MessageDialog
from firmware.supervisor.assistant.commands import menu
from firmware.supervisor.assistant.office import Announcement, Nobody, Reached
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.endings import Ending, Gone
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.music import Music
from firmware.supervisor.calls.party import Party
from firmware.supervisor.desk import rules
from firmware.supervisor.rules.find_me import Step
from firmware.supervisor.rules.reasons import because
from firmware.supervisor.switchboard.messages import limits
from firmware.supervisor.switchboard.parts import Parts
from firmware.supervisor.switchboard.talking import Watch, talk
from firmware.supervisor.switchboard.targets import DECIDED, Caller, Inside, Outside, Taken, Target

log = logging.getLogger(__name__)

LOOK_S: Final = 0.5  # how often it is looked whether somebody is free


class Reaching:
    """``called_for_help``: an emergency number was dialled at a handset. ``connecting`` is called as two are joined."""

    def __init__(
        self,
        parts: Parts,
        call: Call,
        line: Leg,
        party: Party,
        called_for_help: Callable[[], None],
        connecting: Callable[[], None],
    ) -> None:
        self.nobody_spoke = False
        """The caller left no message, and is still there."""
        self.connected = False
        self._parts = parts
        self._call = call
        self._line = line
        self._party = party
        self._called_for_help = called_for_help
        self._connecting = connecting

    def possible(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """See ``Office``."""
        line = self._parts.lines.free() is not None
        found = (
            replace(
                step,
                handsets=tuple(handset for handset in step.handsets if self._parts.bank[handset].free),
                outside=step.outside if line else (),
            )
            for step in steps
        )
        return tuple(step for step in found if not step.empty)

    async def reach(self, steps: Sequence[Step], announce: Announcement, saying: str = "") -> Reached | Nobody:
        """See ``Office``."""
        self._call.change(stage="reaching somebody", important=announce.important)
        last = Nobody(because("nobody.to_ring"))
        for step in self.possible(steps):
            found = await self._try(step, announce, saying)
            if isinstance(found, Taken):
                self._call.note("decision", because("accepted", telephone=found.who))
                return found
            saying, last = "", found
            if found.reason.id in DECIDED or found.reason.id == "nobody.waits":
                break
        if last.reason.id in ("nobody.to_ring", "nobody.waits"):
            self._call.note("decision", last.reason)
        return last

    async def hold(self, steps: Sequence[Step], seconds: float, saying: str = "") -> str:
        """See ``Office``."""
        self._call.change(stage="on hold")
        await self._begin(saying)
        self._line.port.play(Music())
        until = self._parts.loop.time() + seconds
        try:
            while self._parts.loop.time() < until:
                if await self._line.until(lambda: bool(self._line.keys), LOOK_S) and self._asks_for_a_message():
                    return "key"
                if self.possible(steps):
                    return "free"
            return "over"
        finally:
            self._line.port.playout.stop()

    async def connect(self, reached: Reached) -> Ending:
        """See ``Office``."""
        assert isinstance(reached, Taken)
        self.connected = True
        self._connecting()
        try:
            return await together(self._parts, self._call, self._line, reached.leg, reached.number)
        finally:
            await reached.give_back()

    async def take_message(self, *, important: bool, at_once: bool = False) -> Ending:
        """See ``Office``."""
        if important:
            self._call.change(important=True)
        dialog = MessageDialog(self._party, limits(self._parts.settings), at_once=at_once)
        ending = await dialog.run()
        self.nobody_spoke = dialog.nobody_spoke
        return ending

    async def ask_call_back(self, number: str, at: datetime | None) -> None:
        """See ``Office``."""
        due_ms = None if at is None else round(at.timestamp() * 1000)
        self._call.change(call_back=self._parts.numbers.typed(number).e164 or number, call_back_ms=due_ms)

    async def block(self) -> None:
        """See ``Office``."""
        number = self._call.columns.get("number_e164")
        if number is not None:
            now_ms = self._parts.calendar.now_ms()
            await self._parts.loop.settle(self._parts.database.write(rules.block, number, "telephone", now_ms))
            self._parts.events.publish("rules", {"id": None})

    async def _begin(self, saying: str) -> None:
        """Begins to tell the caller something, if there is something to tell."""
        if saying:
            await self._parts.speaking.begin(self._line, saying, self._call, self._party.person.language)

    def _asks_for_a_message(self) -> bool:
        """Whether the key that was pressed asks for one; it is taken."""
        key = self._line.keys.popleft()
        self._party.keyed.taken(key)
        return menu("caller").act(key) == "message"

    async def _try(self, step: Step, announce: Announcement, saying: str) -> Taken | Nobody:
        """One step: everything in it rings at once. Raises Gone, CalledOff, LinkError."""
        await self._begin(saying)
        caller = Caller(self._parts, self._call, announce, self._called_for_help)
        return await _Search(caller, self._line, self._asks_for_a_message).run(step)


class _Search:
    """One step of a search."""

    def __init__(self, caller: Caller, line: Leg, asks_for_a_message: Callable[[], bool]) -> None:
        self._line = line
        self._caller = caller
        self._asks_for_a_message = asks_for_a_message
        self._tries: dict[Target, asyncio.Task[Taken | Nobody]] = {}
        self._over: Taken | Nobody | None = None
        self._last = Nobody(because("nobody.to_ring"))

    async def run(self, step: Step) -> Taken | Nobody:
        """Rings everything of the step, while the caller hears music."""
        farewell = "screened.gone"
        try:
            for handset in step.handsets:
                self._start(Inside(self._caller, self._caller.parts.bank[handset], step.ring_s, self._lifted))
            for number in step.outside:
                self._start(Outside(self._caller, number, step.ring_s))
            await self._wait()
            farewell = "screened.taken"
            return self._over or self._last
        except BaseException as error:
            if not isinstance(error, Gone):
                farewell = "screened.taken"
            raise
        finally:
            await self._stop(farewell)

    def _start(self, target: Target) -> None:
        task = asyncio.ensure_future(target.run())
        self._tries[target] = task
        task.add_done_callback(self._tried)

    def _tried(self, task: asyncio.Task[Taken | Nobody]) -> None:
        """One telephone is done with."""
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:  # the other telephones ring on; a HAT that has gone tells the caller's leg itself
            log.error("a telephone could not be rung", exc_info=error)
        else:
            found = task.result()
            if isinstance(found, Nobody):
                self._last = found
            if self._over is None and (isinstance(found, Taken) or found.reason.id in DECIDED):
                self._over = found
        self._line.wake()

    def _lifted(self, lifted: Inside) -> None:
        """Somebody in the house listens: no other telephone of the house rings any more."""
        for target, task in self._tries.items():
            if isinstance(target, Inside) and target is not lifted:
                task.cancel()

    async def _wait(self) -> None:
        """Until somebody has the call, or nobody can any more, or the caller would rather leave a message."""

        def done() -> bool:
            return self._over is not None or all(task.done() for task in self._tries.values())

        self._line.port.play(Music())
        try:
            while not done():
                await self._line.until(lambda: done() or bool(self._line.keys), None)
                if self._line.keys and self._asks_for_a_message() and not done():
                    self._over = Nobody(because("nobody.waits"))
        finally:
            self._line.port.playout.stop()

    async def _stop(self, farewell: str) -> None:
        """Nothing rings any more; whoever is listening, and does not have the call, hears why."""
        for target, task in self._tries.items():
            target.farewell = farewell
            task.cancel()
        results = await asyncio.gather(*self._tries.values(), return_exceptions=True)
        for found in results:
            if isinstance(found, Taken) and found is not self._over:
                await found.give_back()


async def together(parts: Parts, call: Call, line: Leg, other: Leg, outside: str = "") -> Ending:
    """The caller and whoever has the call talk until one goes. ``outside``: the number of one outside."""

    def begun() -> tuple[Watch, ...]:
        if outside:
            call.change(stage="talking")
            call.segment("outside", outside)
        else:
            call.change(stage="talking", port=other.port.name)
            call.segment("handset", other.port.name)
        call.answered_by("person")
        return ()

    line.go_on()
    ended = await talk(parts, call, other, line, begun, asking=other)
    return ended.ending("connected")
