"""``**`` in a conversation: the others are on hold, its owner has the assistant, and what is wished is done.

Whoever puts the telephone down while others wait has not lost them: it rings, and the call returns to whom it was with.
Life cycle: one ``InCallFlow`` a visit to the assistant; afterwards the conversation goes on, be it with somebody else,
or is over. Failure behaviour: what cannot be done is said, and the menu is there again.
"""

from __future__ import annotations

import contextlib
from typing import Final

from drivers.ports.port import Port
from firmware.supervisor.assistant.in_call import SOMEBODY, InCall, Wish
from firmware.supervisor.calls.call_recording import CallRecording
from firmware.supervisor.calls.endings import CalledOff, Gone
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.party import Party
from firmware.supervisor.calls.ringing import Ringing
from firmware.supervisor.rules.consent import consent
from firmware.supervisor.rules.dialplan import Kind
from firmware.supervisor.switchboard.bringing import BACK, JOINED, Bringing
from firmware.supervisor.switchboard.conversation import Conversation
from firmware.supervisor.switchboard.ended import Ended
from firmware.supervisor.switchboard.holding import music, on_hold
from firmware.supervisor.switchboard.messages import take_message

RETURN_S: Final = 30.0  # how long a telephone rings for a call that returns to it
PARKED_S: Final = 120.0  # then it returns to who parked it
PUT_DOWN_S: Final = 20.0  # for who has the box wait on hold
ASK_EVERY_S: Final = 12.0
ASKS: Final = 300  # an hour
AGREE_S: Final = 8.0
NOTICES: Final = {"told": "in_call.notice_told", "agreed": "in_call.notice_agreed"}


class InCallFlow:
    """``owner``: the leg that has pressed ``**``."""

    def __init__(self, conversation: Conversation, owner: Leg) -> None:
        self._conversation = conversation
        self._parts = conversation.parts
        self._call = conversation.call
        self._owner = owner

    async def run(self) -> Ended | None:
        """Until they talk again (None), or the conversation is over. Raises LinkError."""
        self._owner.keys.clear()
        self._call.change(stage="on hold")
        self._call.segment("hold", self._owner.port.name)
        self._conversation.decided("call.held", telephone=self._owner.port.name)
        first = "in_call.menu"
        try:
            while first:
                first = await self._visit(first)
        except CalledOff:
            return await self._left_alone()
        except Gone:
            if self._owner.gone is None or self._owner.gone.by in ("link", "box"):
                return self._gone()
            return await self._returns()
        return self._gone() if any(leg.gone for leg in self._conversation.legs) else None

    async def _visit(self, first: str) -> str:
        """One wish; what the next visit begins with, or "" when they talk again."""
        others = self._conversation.others(self._owner)
        async with on_hold(others, self._owner, self._parts.country):
            wish = await self._asked(first)
            if wish.act in SOMEBODY:
                done = await self._bring(wish)
                return "" if done in (JOINED, BACK) else done
        if wish.act == "record":
            return await self._record()
        if wish.act == "park":
            return await self._park()
        if wish.act == "wait for me":
            return await self._wait_for_owner()
        return ""

    async def _asked(self, first: str) -> Wish:
        call, leg, parts = self._call, self._owner, self._parts
        party = Party(call, leg, parts.speaking, parts.studio, parts.ears)
        try:
            with leg.hears_keys(party.keyed.pressed):
                wish = await InCall(party).run(first)
        finally:
            party.close()
        self._conversation.decided("call.wish", wish=wish.act, number=wish.number)
        return wish

    # Somebody else

    async def _bring(self, wish: Wish) -> str:
        """Transfer or conference, with the others still on hold."""
        if len(self._conversation.legs) > 2:
            return "in_call.not_in_conference"
        decision = self._parts.plan.dialling.decide(wish.number, final=True)
        bringing = Bringing(self._conversation, self._owner, all_together=wish.act == "conference")
        if decision.kind is Kind.EXTENSION:
            return await bringing.inside(self._parts.bank[decision.number])
        if decision.kind is Kind.OUTSIDE and not decision.code:
            return await bringing.outside(decision.number)
        return "in_call.no_number"

    # Recording

    async def _record(self) -> str:
        """Once everybody has been told, to the last word, and has agreed where that is the law: else never."""
        conversation = self._conversation
        if conversation.recording is not None:
            await conversation.stop_recording()
            conversation.decided("recording.stopped")
            await self._say("in_call.recording_ends")
            return ""
        if not self._parts.settings.flag("recording.calls"):
            return "in_call.recording_off"
        for other in conversation.others(self._owner):
            if not await self._agrees(other):
                conversation.decided("recording.refused", telephone=other.port.name)
                return "in_call.not_agreed"
        if await self._call.files.no_room(self._parts.settings) is not None:
            return "in_call.not_agreed"
        conversation.recording = await CallRecording.begin(self._parts.studio, self._call)
        conversation.decided("recording.begins", consent=consent(self._parts.country.code))
        await self._say("in_call.recording_begins")
        conversation.heard()
        return ""

    async def _agrees(self, other: Leg) -> bool:
        """Whether this party has heard the whole of the notice, and pressed the key where it must agree."""
        needed = consent(self._parts.country.code)
        notice = await self._parts.speaking.voice.prepare(NOTICES[needed])
        self._call.note("prompt", id=notice.prompt, words=notice.words)
        if notice.audio is None:
            return False
        other.keys.clear()
        if await other.say(notice.audio, stop_on_key=False) < len(notice.audio) or self._owner.gone is not None:
            return False
        return needed == "told" or await other.key(AGREE_S) == "1"

    # Others wait, and the owner does not

    async def _park(self) -> str:
        if len(self._conversation.legs) > 2:
            return "in_call.not_in_conference"
        (other,) = self._conversation.others(self._owner)
        parked = self._parts.parking.park(other.wake)
        if parked is None:
            return "in_call.no_place"
        home = self._owner.port
        self._call.change(stage="parked")
        self._call.segment("parked", parked.place)
        self._conversation.decided("call.parked", place=parked.place, telephone=home.name)
        try:
            async with music(other, self._parts.country):
                await self._leave_saying("in_call.parked", parked.place)
                await other.until(lambda: parked.by is not None, PARKED_S)
        finally:
            self._parts.parking.leave(parked)
        if parked.by is None or parked.by.user is not None or not parked.by.off_hook:
            return await self._call_returns(home, other)
        self._conversation.decided("call.picked_up", telephone=parked.by.name)
        self._here(Leg(parked.by))
        return ""

    async def _leave_saying(self, prompt: str, place: str) -> None:
        """The owner is told, and has a dial tone of his own: the call needs this telephone no more."""
        owner = self._owner
        try:
            await self._parts.speaking.say(owner, prompt, self._call, place=place)
        except Gone:
            if owner.gone is None:
                raise
        if owner.port.kind == "handset":
            self._conversation.legs.remove(owner)
            self._parts.off_hook.dial_tone(owner)
        else:
            await self._conversation.leave(owner)

    async def _wait_for_owner(self) -> str:
        """The box waits on hold, asks now and then, and rings the owner once a key says that somebody is there."""
        if len(self._conversation.legs) > 2 or self._owner.port.kind != "handset":
            return "in_call.not_in_conference"
        (other,) = self._conversation.others(self._owner)
        await self._say("in_call.put_down")
        try:
            await self._owner.pause(PUT_DOWN_S)
            return ""  # he has stayed
        except Gone:
            if self._owner.gone is None:
                raise
        home = self._owner.port
        await self._conversation.leave(self._owner)
        self._call.change(stage="waiting on hold")
        for _ in range(ASKS):
            other.keys.clear()
            await self._parts.speaking.say(other, "in_call.are_you_there", self._call)
            if await other.key(ASK_EVERY_S) == "1":
                await self._parts.speaking.say(other, "in_call.one_moment", self._call)
                return await self._call_returns(home, other)
        return await self._call_returns(home, other)

    async def _returns(self) -> Ended | None:
        """The owner has put the telephone down: whoever waits returns to it."""
        others = self._conversation.others(self._owner)
        home = self._owner.port
        await self._conversation.leave(self._owner)
        if len(others) > 1:
            return None
        if not others or others[0].gone is not None:
            return self._gone()
        try:
            await self._call_returns(home, others[0])
        except Gone:
            return self._gone()
        return self._gone() if others[0].gone is not None else None

    async def _call_returns(self, home: Port, other: Leg) -> str:
        """Rings the telephone that the call was with. Raises Gone once nobody has come and nothing else is left."""
        if home.kind == "handset" and home.free:
            self._conversation.decided("call.returns", telephone=home.name)
            rings = Ringing(home, self._parts.country, self._conversation.shown(), other.wake, anywhere=True)
            async with music(other, self._parts.country), rings as ringing:
                await other.until(lambda: ringing.lifted or bool(ringing.gone), RETURN_S)
            if ringing.lifted and ringing.by.off_hook and ringing.by.user is None:
                self._here(Leg(ringing.by))
                return ""
        self._conversation.decided("call.nobody", telephone=home.name)
        await take_message(self._parts, self._call, other)
        assert other.gone is not None
        raise other.gone

    def _here(self, leg: Leg) -> None:
        """Somebody else has the call now."""
        self._conversation.legs.insert(0, leg)
        self._conversation.came(leg)

    # The end

    async def _left_alone(self) -> Ended:
        """Whoever was on hold has gone: the owner is told."""
        self._owner.go_on()
        ended = self._gone()
        self._owner.keys.clear()
        with contextlib.suppress(Gone):
            await self._say("in_call.they_left")
        return ended

    def _gone(self) -> Ended:
        """The first that has gone of those who are on the call."""
        gone = [(leg, leg.gone) for leg in self._conversation.legs or [self._owner] if leg.gone is not None]
        return Ended(*min(gone, key=lambda one: one[1].at))

    async def _say(self, prompt: str) -> None:
        await self._parts.speaking.say(self._owner, prompt, self._call)
