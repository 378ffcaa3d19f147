"""The dialog that takes a message: tone, recording until pound, silence, a hang-up or the longest, then what to do.

Nobody keeps a line for ever: the choices are offered REVIEWS times, a message is recorded anew AGAIN times at most, and
the whole ends after ``answering.longest_s`` (`arriving`) with what has been recorded by then.

After pound the caller may hear the message, record it again, delete it, or send it, as hanging up does; keys are those
of contexts ``recording`` and ``review`` of the command table. A message with too little speech is dropped; the call
stays in the log.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.supervisor.assistant.commands import menu
from firmware.supervisor.calls.talk import (
    LONGEST,
    POUND,
    TAKEN_OVER,
    TOO_LONG,
    CalledOff,
    Ending,
    Gone,
    Kept,
    Take,
    Talk,
)
from firmware.supervisor.rules.reasons import because

REVIEW_WAIT_S = 4.0
AGAIN = 3
REVIEWS = 3  # how often the choices are offered: a message is never held up for ever


@dataclass(frozen=True)
class Limits:
    """Seconds: the least speech of a message, the silence that ends it, the longest it may be."""

    least_speech_s: float
    silence_s: float
    longest_s: float


class MessageDialog:
    """Takes one message. ``run`` gives outcome, who hung up, why. ``at_once``: the tone comes first, without words.

    It raises Gone if the box ended the call, CalledOff if the party is wanted for something else, and any error; what
    was recorded is filed first.
    """

    def __init__(self, talk: Talk, limits: Limits, *, at_once: bool = False) -> None:
        self._at_once = at_once
        self._talk = talk
        self._limits = limits
        self._kept: Kept = "lost"
        self.nobody_spoke = False
        """And the caller is still there."""

    async def run(self) -> Ending:
        """From "leave your message" to goodbye."""
        try:
            return await self._take()
        except CalledOff as off:
            if off.why != TOO_LONG:
                raise
            self._talk.go_on()
            saved = self._kept == "whole"
            await self._farewell(None if saved else "caller.message.too_short")
            return Ending("message" if saved else "no message", "box", off.why)

    async def _take(self) -> Ending:
        no_room = await self._talk.room()
        if no_room is not None:
            await self._farewell("caller.message.not_saved")
            return Ending("no message", "box", no_room)
        if not self._at_once:
            await self._talk.say(menu("recording").help)
        take = await self._record()
        if isinstance(take.ended, CalledOff):
            await self._called_off(take, take.ended)
        if take.gone is not None and take.gone.by == "box":
            await take.leave()
            raise take.gone
        if not self._long_enough(take):
            return await self._too_short(take)
        again = AGAIN
        while take.ended is None and take.why == POUND and (wish := await self._review(take)) != "send":
            if wish == "cancel":
                return await self._cancelled(take)
            if not again:
                break
            again -= 1
            take = await self._again(take)
        self._kept = await take.keep()
        if take.ended is not None and take.gone is None:
            raise take.ended
        if self._kept != "whole":
            return await self._not_saved(take)
        if take.gone is None:
            await self._farewell("caller.message.full" if take.why == LONGEST else None)
            return Ending("message", "box", take.why)
        return Ending.of(take.gone, "message")

    async def _record(self) -> Take:
        return await self._talk.record(menu("recording"), "send", self._limits.silence_s, self._limits.longest_s)

    async def _called_off(self, take: Take, off: CalledOff) -> None:
        """The box wants the caller for something else: raises that once the recording is filed."""
        if off.why == TOO_LONG and self._long_enough(take):
            self._kept = await take.keep()
        elif off.why == TAKEN_OVER:
            await take.leave()
        else:
            await take.drop()
        raise off

    async def _again(self, first: Take) -> Take:
        """Records once more; the first message stays if nothing comes of the second."""
        try:
            second = await self._record()
        except Exception as ended:
            first.ended = ended
            return first
        better = self._long_enough(second)
        await (first if better else second).drop()
        first.ended = second.ended
        return second if better else first

    def _long_enough(self, take: Take) -> bool:
        """Whether somebody spoke."""
        return take.speech_s >= self._limits.least_speech_s

    async def _review(self, take: Take) -> str:
        """The choices after pound: "send", "again" or "cancel"; who says nothing has sent it."""
        choices = menu("review")
        try:
            for _ in range(REVIEWS):
                await self._talk.say(choices.help)
                choice = await self._talk.listen(choices, REVIEW_WAIT_S)
                wish = "send" if choice.nothing else choice.act
                if wish == "cancel" and not choice.sure:
                    wish = None  # a message is deleted by a clear word alone
                if wish == "play":
                    await self._talk.say("caller.message.playback")
                    await self._talk.play(take)
                elif wish is not None:
                    return wish
                else:
                    await self._talk.say("caller.not_understood")
        except Exception as ended:
            take.ended = ended
        return "send"

    async def _cancelled(self, take: Take) -> Ending:
        await take.drop()
        await self._farewell("caller.message.deleted")
        return Ending("no message", "box", because("message deleted"))

    async def _too_short(self, take: Take) -> Ending:
        await take.drop()
        if take.ended is not None and take.gone is None:
            raise take.ended
        if take.gone is not None:
            return Ending.of(take.gone, "no message")
        self.nobody_spoke = True
        await self._farewell("caller.message.too_short")
        return Ending("no message", "box", because("no speech"))

    async def _not_saved(self, take: Take) -> Ending:
        """The disk has failed. Who is still there is told, since he believes that he has left a message."""
        cut = self._kept == "cut"
        outcome = "message" if cut else "no message"
        why = because("message cut" if cut else "message not saved")
        if take.gone is not None:
            return Ending.of(take.gone, outcome, why)
        await self._farewell("caller.message.not_saved")
        return Ending(outcome, "box", why)

    async def _farewell(self, first: str | None) -> None:
        """Last words; a caller who does not wait for them has lost nothing."""
        try:
            await self._talk.say(first or "caller.message.saved")
            await self._talk.say("caller.goodbye")
        except Gone:
            return
