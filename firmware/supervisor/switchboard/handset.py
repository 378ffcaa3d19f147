"""What happens when somebody lifts a handset: dial tone, digits, what they ask for, reorder tone until it is put down.

One ``HandsetSession`` from off hook to on hook. Every way it can fail ends in words or a tone in the person's ear,
never in silence.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from drivers.link import LinkError
from drivers.ports.port import Port
from drivers.signals.tones import ToneSource
from firmware.supervisor.calls.endings import Gone
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.rules.dialplan import NO_CODE, Decision, Kind
from firmware.supervisor.store.mailbox import MESSAGES
from firmware.supervisor.switchboard import inside, placing
from firmware.supervisor.switchboard.alarm import Alarm
from firmware.supervisor.switchboard.own_codes import OwnCodes
from firmware.supervisor.switchboard.parts import Parts

log = logging.getLogger(__name__)

FIRST_DIGIT_S = 20.0  # dial tone lasts this long, then reorder, as at an exchange
STORE_S = 0.1  # how long the store may take to say whether a message waits
REORDER_S = 30.0  # then silence: the handset was left off hook


class HandsetSession:
    """One handset, off hook. Created when it is lifted and nobody waits for it; ``run`` ends when it is put down."""

    def __init__(self, parts: Parts, alarm: Alarm, port: Port) -> None:
        self._parts = parts
        self._alarm = alarm
        self.leg = Leg(port)
        self._keys = ""  # dialled so far

    async def run(self) -> None:
        """Serves the handset until it is on hook again."""
        await self._until_put_down(self._serve())

    async def left_off_hook(self) -> None:
        """After a call that the other side ended: reorder tone until the handset is on hook."""
        await self._until_put_down(self._reorder())

    async def call_for_help(self, number: str) -> None:
        """An emergency number was dialled while the handset had another call, which is over now."""
        await self._until_put_down(self._help(number))

    async def _until_put_down(self, service: Coroutine[Any, Any, None]) -> None:
        try:
            try:
                await service
            except (Gone, LinkError):
                raise
            except Exception:
                log.exception("handset %s", self.leg.port.name)
                await self._apologise()
        except Gone as gone:
            if gone.by == "box":  # the call was ended on a page: the person is still there
                self._parts.off_hook.left(self.leg)
        except LinkError as error:
            log.warning("handset %s: %s", self.leg.port.name, error)
        finally:
            self.leg.release()

    async def _serve(self) -> None:
        decision = await self._asked_for()
        if decision.kind is Kind.OURS:
            dialled = await OwnCodes(self._parts, self.leg).run(decision.number)
            if not dialled:
                return
            decision = self._parts.plan.dialling.decide(dialled, final=True)
        if decision.kind is Kind.EXTENSION:
            decision = self._forwarded(decision)
        if decision.kind is Kind.EMERGENCY:
            await self._call_for_help(decision.number)
        elif decision.kind is Kind.OUTSIDE:
            await self._call_out(decision.number)
        elif decision.kind is Kind.EXTENSION:
            await inside.place(self._parts, self.leg, self._parts.bank[decision.number])
        else:
            refused = decision.why == NO_CODE
            await self._parts.speaking.say(self.leg, "handset.code_refused" if refused else "handset.not_possible")
        await self._reorder()

    def _forwarded(self, decision: Decision) -> Decision:
        """Whom an extension is forwarded to; a ring of forwardings ends where it began."""
        seen: set[str] = set()
        while decision.kind is Kind.EXTENSION and decision.number not in seen:
            seen.add(decision.number)
            to = self._parts.plan.forwarded_to(decision.number)
            if not to:
                break
            decision = self._parts.plan.dialling.decide(to, final=True)
        return decision

    async def _help(self, number: str) -> None:
        await self._call_for_help(number)
        await self._reorder()

    async def _call_for_help(self, number: str) -> None:
        """An emergency call; a mistake of the box's own must not cost it, so it is placed once more."""
        try:
            await self._call_out(number, emergency=True)
        except (Gone, LinkError):
            raise
        except Exception:
            log.exception("handset %s: the emergency call is placed again", self.leg.port.name)
            await self._call_out(number, emergency=True)

    async def _apologise(self) -> None:
        """The box has made a mistake: the person is told, and is not left in silence."""
        self.leg.keys.clear()
        await self._parts.speaking.say(self.leg, "handset.mistake")
        await self._reorder()

    async def _call_out(self, number: str, *, emergency: bool = False) -> None:
        call = await placing.begin(self._parts, self.leg.port, number, emergency=emergency, placed="handset")
        await placing.place(self._parts, self._alarm, self.leg, number, call)

    async def _asked_for(self) -> Decision:
        """What was dialled. A mistake of the box's own costs no digit: it may be one of an emergency number."""
        try:
            return await self._dialled()
        except (Gone, LinkError):
            raise
        except Exception:
            log.exception("handset %s: it is listened to again", self.leg.port.name)
            return await self._dialled()

    async def _dialled(self) -> Decision:
        """Dial tone, then keys until they mean something."""
        if not self._keys:
            await self.leg.sound(ToneSource(self._parts.country.tones[await self._dial_tone()]))
        decision = self._parts.plan.dialling.decide(self._keys)
        while decision.kind is Kind.WAIT:
            key = await self.leg.key(FIRST_DIGIT_S if not self._keys else decision.wait_s)
            if key == "!":
                self._keys = ""
            else:
                self._keys += key or ""
            decision = self._parts.plan.dialling.decide(self._keys, final=key is None)
        return decision

    async def _dial_tone(self) -> str:
        """Stuttered where a message waits; whoever lifts a telephone does not wait for a disk that stands still."""
        if "stutter" not in self._parts.country.tones:
            return "dial"
        asked = asyncio.ensure_future(self._parts.loop.settle(self._parts.database.write(MESSAGES.count_new)))
        await asyncio.wait({asked}, timeout=STORE_S)
        waiting = asked.done() and asked.exception() is None and asked.result()
        return "stutter" if waiting else "dial"

    async def _reorder(self) -> None:
        """Tells the person that nothing more happens here, until they hang up."""
        if not self.leg.owns_port:
            return  # the telephone was given back while its call went on elsewhere
        self.leg.keys.clear()
        playing = self.leg.port.play(ToneSource(self._parts.country.tones["reorder"]))
        await self.leg.pause(REORDER_S)
        playing.stop()
        await self.leg.until(lambda: False, None)
