"""Whoever is left without anybody in the middle of a call: a caller leaves a message, others are told."""

from __future__ import annotations

import contextlib

from firmware.supervisor.assistant.caller.message import Limits, MessageDialog
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.endings import Gone
from firmware.supervisor.calls.legs import LEFT_ALONE_TONES, Leg
from firmware.supervisor.calls.party import Party
from firmware.supervisor.rules.reasons import because
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.switchboard.parts import Parts

NOBODY_CAME = because("nobody came to the handset")


def limits(settings: Settings) -> Limits:
    """Those of a message, by the settings in force."""
    return Limits(
        settings.number("recording.min_speech_s"),
        settings.number("recording.silence_s"),
        settings.number("recording.max_s"),
    )


async def take_message(parts: Parts, call: Call, leg: Leg) -> None:
    """Sees the party on ``leg`` to the end; it has gone afterwards, if only because the box has ended it."""
    call.segment("assistant", "")
    leg.ignore_tones = False
    leg.keys.clear()
    if leg.port.kind == "line":
        leg.gone_at_tones = LEFT_ALONE_TONES
        leg.port.listen_for_tones(parts.country, answered=True)
    party = Party(call, leg, parts.speaking, parts.studio, parts.ears)
    try:
        with contextlib.suppress(Gone):
            await parts.speaking.say(leg, "in_call.nobody_there", call)
            if call.columns.get("direction") == "in":
                await MessageDialog(party, limits(parts.settings)).run()
    finally:
        party.close()
    leg.end("box", NOBODY_CAME)
