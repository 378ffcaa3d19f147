"""The dialogs of today, each with the menus that it asks and the prompts that are its own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from firmware.supervisor.assistant.caller.message import Limits, MessageDialog
from tools.walk.explore import Dialog
from tools.walk.twin import ScriptedTalk

LIMITS: Final = Limits(least_speech_s=1.0, silence_s=5.0, longest_s=60.0)


@dataclass(frozen=True)
class Walked:
    """``menus``: contexts of the command table; ``prompts``: those that must be said somewhere."""

    dialog: Dialog
    menus: Collection[str]
    prompts: Collection[str]


async def _message(talk: ScriptedTalk) -> object:
    return await MessageDialog(talk, LIMITS).run()


DIALOGS: Final = {
    "message": Walked(
        _message,
        ("recording", "review"),
        (
            "caller.message.after_tone",
            "caller.message.review",
            "caller.message.playback",
            "caller.message.saved",
            "caller.message.full",
            "caller.message.too_short",
            "caller.message.deleted",
            "caller.message.not_saved",
            "caller.not_understood",
            "caller.goodbye",
        ),
    )
}
