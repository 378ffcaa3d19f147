"""The dialog that takes a message: tone, recording until pound, silence, a hang-up or the longest, then what to do.

Nobody keeps a line for ever: the choices are offered REVIEWS times, a message is recorded anew AGAIN times at most, and
the whole ends after ``answering.longest_s`` (`arriving`) with what has been recorded by then.

After pound the caller may hear the message, record it again, delete it, or send it, as hanging up does; keys are those
of contexts ``recording`` and ``review`` of the command table. A message with less speech than
``recording.min_speech_s`` is dropped; the call stays in the log.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.signals import tones
from firmware.hat.protocol import RATE
from firmware.supervisor.assistant.commands import menu
from firmware.supervisor.calls.call import Call, Ending
from firmware.supervisor.calls.closing import MISTAKE
from firmware.supervisor.calls.legs import TAKEN_OVER, TOO_LONG, CalledOff, Gone, Leg
from firmware.supervisor.calls.taking import Taking
from firmware.supervisor.recordings.recorder import Recording
from firmware.supervisor.recordings.recording_file import Finished
from firmware.supervisor.recordings.recovery import LEAST_S

if TYPE_CHECKING:
    from firmware.supervisor.box import Box

log = logging.getLogger(__name__)

REVIEW_WAIT_S = 4.0
AGAIN = 3
REVIEWS = 3  # how often the choices are offered: a message is never held up for ever


@dataclass
class Taken:
    """A message that was recorded. ``why``: what ended it; ``ended``: what has ended the dialog, then or since."""

    row: int | None
    recording: Recording
    taking: Taking
    why: str
    ended: Exception | None
    cut: bool = False  # a message that the disk took only the beginning of

    @property
    def gone(self) -> Gone | None:
        """How the caller went, if he did."""
        return self.ended if isinstance(self.ended, Gone) else None


class MessageDialog:
    """Takes one message on a leg. ``run`` gives outcome, who hung up, why.

    It raises Gone if the box ended the call, CalledOff if the party is wanted for something else, and any error; what
    was recorded is filed first.
    """

    def __init__(self, box: Box, call: Call, leg: Leg) -> None:
        self._box = box
        self._call = call
        self._leg = leg
        self._saved = False
        self.nobody_spoke = False  # and the caller is still there

    async def run(self) -> Ending:
        """From "leave your message" to goodbye."""
        try:
            return await self._take()
        except CalledOff as off:
            if off.why != TOO_LONG:
                raise
            self._leg.go_on()
            await self._farewell(None if self._saved else "caller.message.too_short")
            return Ending("message" if self._saved else "no message", "box", off.why)

    async def _take(self) -> Ending:
        no_room = await self._call.no_room(self._box.settings)
        if no_room is not None:
            await self._farewell("caller.message.not_saved")
            return Ending("no message", "box", no_room)
        await self._box.voice.say(self._leg, menu("recording").help, self._call)
        taken = await self._record()
        if isinstance(taken.ended, CalledOff):
            message = taken.ended.why == TOO_LONG and self._long_enough(taken)
            filed = await self._file(taken, message=message, drop=not message and taken.ended.why != TAKEN_OVER)
            self._saved = message and filed
            raise taken.ended
        if taken.gone is not None and taken.gone.by == "box":
            await self._file(taken, message=False)
            raise taken.gone
        if not self._long_enough(taken):
            return await self._too_short(taken)
        again = AGAIN
        while taken.ended is None and taken.why == "pound" and (wish := await self._review(taken)) != "send":
            if wish == "cancel":
                return await self._cancelled(taken)
            if not again:
                break
            again -= 1
            taken = await self._again(taken)
        self._saved = await self._file(taken, message=True)
        if taken.ended is not None and taken.gone is None:
            raise taken.ended
        if not self._saved:
            return await self._not_saved(taken)
        if taken.gone is None:
            await self._farewell("caller.message.full" if taken.why == "longest message" else None)
            return Ending("message", "box", taken.why)
        outcome = "interrupted" if taken.gone.by == "link" else "message"
        return Ending(outcome, taken.gone.by, taken.gone.why, taken.gone.at)

    async def _again(self, first: Taken) -> Taken:
        """Records once more; the first message stays if nothing comes of the second."""
        try:
            second = await self._record()
        except Exception as ended:
            first.ended = ended
            return first
        better = self._long_enough(second)
        await self._file(first if better else second, message=False, drop=True)
        first.ended = second.ended
        return second if better else first

    def _long_enough(self, taken: Taken) -> bool:
        """Whether somebody spoke; the tone by which a line tells that the caller has gone is no speech."""
        spoken = taken.taking.speech if taken.gone is None else taken.taking.speech_until(taken.gone.at)
        return spoken >= self._box.settings.number("recording.min_speech_s")

    async def _record(self) -> Taken:
        """Tone, then everything until it ends; once it records, what ended it is part of the result, not raised."""
        self._leg.keys.clear()
        await self._leg.sound(tones.beep(), stop_on_key=False)
        self._call.change(stage="recording")
        recording, row = await self._box.begin_recording(self._call)
        taking = Taking(self._leg, recording, self._box.bank.law)
        silence = self._box.settings.number("recording.silence_s")
        longest = self._box.settings.number("recording.max_s")

        def sent() -> bool:
            return any(menu("recording").act(key) == "send" for key in self._leg.keys)

        def over() -> bool:
            return sent() or taking.silence >= silence or taking.seconds >= longest

        ended: Exception | None = None
        try:
            await self._leg.until(over, None)
        except Exception as error:
            ended = error
        pound = sent()
        taking.stop(key=pound)
        self._leg.keys.clear()
        quiet = taking.silence >= silence
        if ended is None:
            why = "pound" if pound else "silence" if quiet else "longest message"
        else:
            why = ended.why if isinstance(ended, Gone | CalledOff) else MISTAKE
        self._call.note("recorded", why, seconds=round(taking.seconds, 2), speech=round(taking.speech, 2))
        self._call.change(stage="message taken")
        return Taken(row, recording, taking, why, ended)

    async def _review(self, taken: Taken) -> str:
        """The choices after pound: "send", "again" or "cancel"; who says nothing has sent it."""
        choices = menu("review")
        try:
            for _ in range(REVIEWS):
                await self._box.voice.say(self._leg, choices.help, self._call)
                key = await self._leg.key(REVIEW_WAIT_S)
                wish = "send" if key is None else choices.act(key)
                if wish == "play":
                    await self._box.voice.say(self._leg, "caller.message.playback", self._call)
                    await self._leg.say(taken.taking.audio())
                elif wish is not None:
                    return wish
                else:
                    await self._box.voice.say(self._leg, "caller.not_understood", self._call)
        except Exception as ended:
            taken.ended = ended
        return "send"

    async def _cancelled(self, taken: Taken) -> Ending:
        await self._file(taken, message=False, drop=True)
        await self._farewell("caller.message.deleted")
        return Ending("no message", "box", "the caller deleted the message")

    async def _too_short(self, taken: Taken) -> Ending:
        await self._file(taken, message=False, drop=True)
        if taken.ended is not None and taken.gone is None:
            raise taken.ended
        if taken.gone is not None:
            outcome = "interrupted" if taken.gone.by == "link" else "no message"
            return Ending(outcome, taken.gone.by, taken.gone.why, taken.gone.at)
        self.nobody_spoke = True
        await self._farewell("caller.message.too_short")
        return Ending("no message", "box", "no speech")

    async def _not_saved(self, taken: Taken) -> Ending:
        """The disk has failed; who is still there is told: whoever believes he left a message waits for ever."""
        outcome = "message" if taken.cut else "no message"
        why = "only the beginning of the message could be saved" if taken.cut else "the message could not be saved"
        if taken.gone is not None:
            return Ending("interrupted" if taken.gone.by == "link" else outcome, taken.gone.by, why, taken.gone.at)
        await self._farewell("caller.message.not_saved")
        return Ending(outcome, "box", why)

    async def _farewell(self, first: str | None) -> None:
        """Last words; a caller who does not wait for them has lost nothing."""
        try:
            await self._box.voice.say(self._leg, first or "caller.message.saved", self._call)
            await self._box.voice.say(self._leg, "caller.goodbye", self._call)
        except Gone:
            return

    async def _file(self, taken: Taken, *, message: bool, drop: bool = False) -> bool:
        """Closes the recording and tells the store what became of it; False where a message is not on the disk."""
        loop = self._box.loop
        try:
            finished = await loop.settle(taken.recording.discard() if drop else taken.recording.close())
        except Exception as error:
            log.error("recording %s: %s", taken.recording.path, error)
            return False
        if message:
            return await self._message(taken, finished)
        if taken.row is not None and drop:
            await self._call.drop_recording(taken.row)
        elif taken.row is not None:
            await self._call.keep_recording(taken.row, finished.samples)
        return True

    async def _message(self, taken: Taken, finished: Finished) -> bool:
        """Makes a closed recording a message; whether the office has all of it.

        Where the disk refused a part, what came before is a message that was cut off, or nothing if it is too short.
        """
        failure, law = finished.failure, taken.recording.law
        if failure is None:
            return await self._call.message(taken.row, finished.path, law, finished.samples) is not None
        log.error("recording %s: %s", taken.recording.path, failure)
        if finished.samples >= LEAST_S * RATE:
            filed = await self._call.message(taken.row, finished.path, law, finished.samples, interrupted=True)
            taken.cut = filed is not None
        elif taken.row is not None:
            await self._call.drop_recording(taken.row)
        return False
