"""Codes of our own at a handset's dial tone: context ``dial_tone`` of the command table.

Each is done at once and said; whoever has something to dial afterwards gets it dialled, everybody else a dial tone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.ringing import Ringing
from firmware.supervisor.desk import rules, settings
from firmware.supervisor.prompts import Value
from firmware.supervisor.rules.dialplan import LONGEST
from firmware.supervisor.store import calls
from firmware.supervisor.switchboard.parts import Parts

log = logging.getLogger(__name__)

DIGIT_S: Final = 6.0  # for the next digit
PLACE_S: Final = 2.5  # for the place of a parked call; without one whatever there is


class OwnCodes:
    """At one handset, which is lifted."""

    def __init__(self, parts: Parts, leg: Leg) -> None:
        self._parts = parts
        self._leg = leg
        self._name = leg.port.name

    async def run(self, act: str) -> str:
        """Does what a code asks for; the keys that are to be dialled now, "" where there are none. Raises Gone."""
        does = {
            "redial": self._redial,
            "speed dial": self._speed_dial,
            "pick up": self._pick_up,
            "do not disturb": self._do_not_disturb,
            "forward calls": self._forward,
            "stop forwarding": self._stop_forwarding,
            "block last caller": self._block,
        }
        dialled: str = await does[act]()
        if not dialled and self._leg.owns_port:
            self._parts.off_hook.dial_tone(self._leg)
        return dialled

    async def _redial(self) -> str:
        number = await self._written(calls.last_dialled, self._name)
        if not number:
            await self._say("handset.nothing_dialled")
            return ""
        return f"{self._parts.plan.dialling.outside_prefix}{number}"

    async def _speed_dial(self) -> str:
        number = self._parts.plan.speed_dial(await self._leg.key(DIGIT_S) or "")
        digits = self._parts.numbers.to_dial(self._parts.numbers.typed(number).e164 or number) if number else ""
        if not digits:
            await self._say("handset.no_speed_dial")
            return ""
        return self._parts.plan.dialling.outside_prefix + digits

    async def _pick_up(self) -> str:
        port = self._leg.port
        place = await self._leg.key(PLACE_S) or ""
        parked = self._parts.parking.find(place)
        rings = next((user for user in self._ringing() if user.anywhere), None)
        if parked is not None:
            self._leg.release()
            parked.pick_up(port)
        elif rings is not None and not place:
            self._leg.release()
            rings.pick_up(port)
        else:
            await self._say("handset.nothing_to_pick_up")
        return ""

    def _ringing(self) -> list[Ringing]:
        return [port.user for port in self._parts.bank.handsets if isinstance(port.user, Ringing)]

    async def _do_not_disturb(self) -> str:
        on = not self._parts.plan.undisturbed(self._name)
        await self._set("do_not_disturb", on, "handset.undisturbed" if on else "handset.rings_again")
        return ""

    async def _forward(self) -> str:
        await self._say("handset.forward_to")
        digits = ""
        while len(digits) < LONGEST and (key := await self._leg.key(DIGIT_S)) is not None and key.isdigit():
            digits += key
        if digits:
            await self._set("forward_to", digits, "handset.forwarded", digits=digits)
        else:
            await self._say("handset.not_forwarded")
        return ""

    async def _stop_forwarding(self) -> str:
        await self._set("forward_to", "", "handset.not_forwarded")
        return ""

    async def _block(self) -> str:
        number = await self._written(calls.last_caller)
        if not number:
            await self._say("handset.nobody_to_block")
            return ""
        await self._written(rules.block, number, self._who, self._parts.calendar.now_ms())
        self._parts.events.publish("rules", {"id": None})
        await self._say("handset.blocked", number=number)
        return ""

    @property
    def _who(self) -> str:
        return f"handset:{self._name}"

    async def _set(self, setting: str, value: bool | str, said: str, **values: Value) -> None:
        """A setting of this handset, kept and said."""
        key = f"handsets.{self._name}.{setting}"
        await self._written(settings.keep, key, value, self._who, self._parts.calendar.now_ms())
        self._parts.settings.accept(key, value)
        self._parts.events.publish("setting", {"key": key, "value": value})
        await self._say(said, **values)

    async def _written(self, fn: Callable[..., Any], *args: Any) -> Any:
        return await self._parts.loop.settle(self._parts.database.write(fn, *args))

    async def _say(self, prompt: str, **values: Value) -> None:
        await self._parts.speaking.say(self._leg, prompt, None, "", **values)
