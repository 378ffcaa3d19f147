"""Somebody else is brought into a conversation, while the others are on hold: for a transfer, or to talk with all.

A transfer needs no second question: who puts the telephone down while the other one rings has transferred the call as
it is, who waits until somebody comes speaks with them first, and ``**`` goes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from drivers.ports.port import Port
from drivers.signals.tones import ToneSource
from firmware.supervisor.assistant.caller.screening import Verdict
from firmware.supervisor.assistant.office import Announcement
from firmware.supervisor.calls import bridges
from firmware.supervisor.calls.endings import CalledOff, Gone
from firmware.supervisor.calls.following import Following
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.ringing import Ringing
from firmware.supervisor.calls.stars import STAR, Stars
from firmware.supervisor.switchboard.conversation import Conversation
from firmware.supervisor.switchboard.outside_line import OutsideLine
from firmware.supervisor.switchboard.targets import Caller, Outside

RING_S: Final = 30.0
JOINED: Final = "joined"
BACK: Final = "back"
"""What came of it: they talk; the owner is back with whom he had. Else the prompt that says why nobody came."""


class Bringing:
    """``owner`` has asked for it. ``all_together``: everybody is to hear everybody, else the call is transferred."""

    def __init__(self, conversation: Conversation, owner: Leg, *, all_together: bool) -> None:
        self._conversation = conversation
        self._parts = conversation.parts
        self._owner = owner
        self._all_together = all_together
        (self._other,) = conversation.others(owner)

    async def inside(self, port: Port) -> str:
        """A handset of the house. Raises Gone where the owner has gone and nobody has come, LinkError."""
        if not self._parts.can_ring(port):
            return "in_call.busy"
        self._conversation.decided("call.rings", telephone=port.name)
        async with Ringing(port, self._parts.country, self._conversation.shown(), self._wake, anywhere=True) as ringing:
            await self._wait(lambda: ringing.lifted or bool(ringing.gone))
        by = ringing.by
        if not ringing.lifted or not by.off_hook or by.user is not None:
            if self._owner.gone is not None:
                raise self._owner.gone
            self._conversation.decided("call.unanswered", telephone=port.name)
            return "in_call.nobody"
        return await self._talks(Leg(by))

    async def outside(self, number: str) -> str:
        """A number outside, on a line of its own: the owner hears what it tells. Raises as ``inside``.

        Who puts down before a person has answered leaves it to the key that a person there must press.
        """
        port = self._parts.lines.free()
        if port is None:
            self._conversation.decided("reach.no_line", telephone=number)
            return "in_call.no_line"
        self._conversation.decided("call.rings", telephone=number)
        line = OutsideLine(self._parts, self._conversation.call, port)
        try:
            leg = await line.dial(number)
        except BaseException as error:
            await line.give_back()
            if isinstance(error, Gone):
                return "in_call.nobody"
            raise
        self._conversation.came(leg, line.give_back)
        done = await self._heard_out(leg, number)
        if done:
            await self._conversation.leave(leg)
            return done
        return await self._joins(leg)

    async def _heard_out(self, guest: Leg, number: str) -> str:
        """The owner listens and talks; "" once the call outside is to be joined."""
        owner = self._owner
        with Following(guest, self._parts.country) as following:
            done = await self._announced(guest)
            if self._all_together:
                return "" if done == BACK else done or "in_call.menu"
            if done or (following.answered and not following.read_on):
                return done
            taken = not following.read_on and await self._accepts(guest, number, following)
        if not taken:
            await self._conversation.leave(guest)
            assert owner.gone is not None
            raise owner.gone
        return ""

    async def _accepts(self, guest: Leg, number: str, following: Following) -> bool:
        """Whether a person there presses the key, while the other waits. Raises Gone where the other goes."""
        parts, shown = self._parts, self._conversation.shown()
        self._owner.release()
        announce = Announcement(shown.name or "", shown.number or "")
        caller = Caller(parts, self._conversation.call, announce, lambda: None)
        asked = asyncio.ensure_future(Outside(caller, number, RING_S).followed(guest, following))
        asked.add_done_callback(lambda _: self._other.wake())
        try:
            await self._other.until(asked.done, None)
            verdict = asked.result()
            return isinstance(verdict, Verdict) and verdict.act == "accept"
        except Gone:
            if self._other.gone is not None:
                raise
            return False
        finally:
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)

    async def _wait(self, there: Callable[[], bool]) -> None:
        """Ringback for the owner, until somebody is there or he presses star; without him, the other waits on."""
        owner = self._owner
        owner.keys.clear()
        told = await self._parts.speaking.voice.prepare(
            "in_call.rings_for_all" if self._all_together else "in_call.rings"
        )
        if told.audio is not None:
            owner.port.play(told.audio)
        owner.port.play(ToneSource(self._parts.country.tones["ringback"]))
        try:
            await owner.until(lambda: there() or STAR in owner.keys, RING_S)
        except Gone:
            if self._all_together or owner.gone is None or owner.gone.by != "handset":
                raise
            owner.release()
            await self._other.until(there, RING_S)
        finally:
            if owner.owns_port:
                owner.port.playout.stop()
                owner.keys.clear()

    async def _talks(self, guest: Leg) -> str:
        """Somebody has come: with the owner first, unless he has gone or wants everybody."""
        conversation, owner = self._conversation, self._owner
        conversation.came(guest)
        if owner.gone is None and not self._all_together:
            done = await self._announced(guest)
            if done:
                await conversation.leave(guest)
                return done
        return await self._joins(guest)

    async def _joins(self, guest: Leg) -> str:
        """From now on the guest is on the call."""
        conversation, owner = self._conversation, self._owner
        conversation.legs.insert(0, guest)
        if self._all_together:
            conversation.decided("call.conference", telephone=guest.port.name)
        else:
            conversation.decided("call.transferred", telephone=guest.port.name)
            await conversation.leave(owner)
        return JOINED

    async def _announced(self, guest: Leg) -> str:
        """The owner and the guest talk; "" once the owner has put down, which leaves the call to the guest."""
        owner = self._owner
        left: CalledOff | None = None
        async with bridges.bridged(owner, guest):
            with Stars([owner, guest], [owner]) as stars:
                try:
                    went = await bridges.until_one_goes(owner, guest, unless=lambda: stars.asked is not None)
                except CalledOff as off:
                    left = off
                    owner.go_on()
                    went = await bridges.until_one_goes(owner, guest)
        owner.keys.clear()
        if left is not None:
            raise left
        if went is None:
            return BACK
        return "" if went[0] is owner else "in_call.they_hung_up"

    def _wake(self) -> None:
        self._owner.wake()
        self._other.wake()
