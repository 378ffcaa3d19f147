"""Who is in a call's conversation just now, and what its log is told of it.

A conversation begins with two legs, which stay their flow's; whoever comes into it later is given back here.
Life cycle: one a call, from ``talk``; ``close`` once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from firmware.supervisor.calls import lines
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.call_recording import CallRecording
from firmware.supervisor.calls.display import Shown
from firmware.supervisor.calls.legs import LEFT_ALONE_TONES, Leg
from firmware.supervisor.rules.reasons import because
from firmware.supervisor.switchboard.parts import Parts

LONGEST_S: Final = 4 * 3600.0  # two lines joined: where neither tells of a hang-up nobody else would end it
GiveBack = Callable[[], Awaitable[None]]


class Conversation:
    """``legs``: who takes part. ``asking``: a leg outside that may ask for the assistant; every handset may."""

    def __init__(self, parts: Parts, call: Call, near: Leg, far: Leg, asking: Leg | None = None) -> None:
        self.parts = parts
        self.call = call
        self.legs: list[Leg] = [near, far]
        self.recording: CallRecording | None = None
        self._asking = asking
        self._near = near
        self._guests: dict[Leg, GiveBack] = {}
        self._longest: asyncio.TimerHandle | None = None

    @property
    def may_ask(self) -> list[Leg]:
        """Who may have the assistant. In an emergency call nobody: nothing is to come between."""
        if self.call.columns.get("emergency"):
            return []
        return [leg for leg in self.legs if leg.port.kind == "handset" or leg is self._asking]

    def others(self, leg: Leg) -> list[Leg]:
        """All but ``leg``."""
        return [other for other in self.legs if other is not leg]

    def shown(self) -> Shown:
        """Whose call it is, for the display of a telephone that rings for it."""
        row = self.call.columns
        number = row.get("number_e164") or row.get("number_raw") or row.get("extension")
        return Shown(number, row.get("name"), self.parts.calendar.now())

    def came(self, leg: Leg, give_back: GiveBack | None = None) -> None:
        """Somebody else is on the call from now on; a handset is given back as any."""

        async def as_any() -> None:
            self.parts.off_hook.left(leg)

        self._guests[leg] = give_back or as_any

    async def leave(self, leg: Leg) -> None:
        """This party is off the call; a handset may be used for something else at once."""
        if leg in self.legs:
            self.legs.remove(leg)
        give_back = self._guests.pop(leg, None)
        if give_back is not None:
            await give_back()
        elif leg.port.kind == "handset":
            leg.release()
        else:
            await lines.let_go(leg)

    def decided(self, reason: str, **fields: str) -> None:
        """A line of the timeline."""
        self.call.note("decision", because(reason, **fields))

    def together(self) -> None:
        """They hear each other from now on: the part of the call that begins."""
        names = [leg.port.name for leg in self.legs if leg.port.kind == "handset"]
        if len(self.legs) > 2:
            self.call.segment("conference", " ".join(names))
        elif self.call.columns.get("direction") == "out" and self._near in self.legs:
            self.call.segment("outside", self.call.columns.get("number_raw") or "")
        elif names:
            self.call.segment("handset", names[0])
            self.call.change(stage="talking", port=names[0])
        else:
            self.call.segment("outside", "")
        self.call.change(stage="talking")
        self.heard()

    def listen_to_lines(self) -> None:
        """Two lines, and nobody there to put a handset down: the tones of a line that is left alone end the call."""
        if len(self.legs) > 2 or any(leg.port.kind == "handset" for leg in self.legs):
            return
        for leg in self.legs:
            leg.gone_at_tones = LEFT_ALONE_TONES
            leg.port.listen_for_tones(self.parts.country, answered=True)
        if self._longest is None:
            self._longest = self.parts.loop.call_later(LONGEST_S, self.legs[0].dismiss, "longest call")

    def heard(self) -> None:
        """A recording that runs follows whoever is here."""
        if self.recording is not None:
            self.recording.follow([leg.port for leg in self.legs])

    async def stop_recording(self) -> None:
        """It is whole from now on."""
        recording, self.recording = self.recording, None
        if recording is not None:
            await recording.close()

    async def close(self) -> None:
        """The call is over."""
        if self._longest is not None:
            self._longest.cancel()
        await self.stop_recording()
        for leg in list(self._guests):
            await self.leave(leg)
