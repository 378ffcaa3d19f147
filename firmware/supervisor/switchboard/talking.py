"""People talk: bridged, watched, until one goes. Every flow that joins two parties comes through here.

``**`` at a handset brings the assistant (`in_call`), and who talks may be somebody else afterwards; it stays one call.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager

from firmware.supervisor.calls import bridges
from firmware.supervisor.calls.bridges import Wants
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.stars import Stars
from firmware.supervisor.switchboard import waiting
from firmware.supervisor.switchboard.conversation import Conversation
from firmware.supervisor.switchboard.ended import Ended
from firmware.supervisor.switchboard.in_call import InCallFlow
from firmware.supervisor.switchboard.parts import Parts

Watch = AbstractAsyncContextManager[object]
Begun = Callable[[], Iterable[Watch]]


async def talk(
    parts: Parts,
    call: Call,
    near: Leg,
    far: Leg,
    begun: Begun = tuple,
    *,
    bridged: bool = False,
    asking: Leg | None = None,
) -> Ended:
    """Has the two talk until one goes. ``begun`` is called once they hear each other, and gives what watches them.

    ``bridged``: the HAT has kept them together. ``asking``: a leg outside whose ``**`` counts too. Raises LinkError.
    """
    conversation = Conversation(parts, call, near, far, asking)

    def again() -> Iterable[Watch]:
        conversation.together()
        return ()

    try:
        while True:
            happened = await _together(conversation, begun, bridged)
            if isinstance(happened, Ended):
                return happened
            if happened is not None:
                ended = await InCallFlow(conversation, happened).run()
                if ended is not None:
                    return ended
            begun, bridged = again, False
    finally:
        await conversation.close()


async def _together(conversation: Conversation, begun: Begun, bridged: bool) -> Ended | Leg | None:
    """Until one goes, or asks for the assistant; None: somebody went, and the others go on."""
    legs = tuple(conversation.legs)
    wants = Wants(mixed=len(legs) > 2)
    async with contextlib.AsyncExitStack() as watching:
        await watching.enter_async_context(_left_bridged(*legs) if bridged else bridges.bridged(*legs, wants=wants))
        stars = watching.enter_context(Stars(legs, conversation.may_ask))
        for watch in begun():
            await watching.enter_async_context(watch)
        conversation.listen_to_lines()
        pair = _line_and_handset(legs)
        if pair is not None:
            await watching.enter_async_context(waiting.Watch(conversation.parts, conversation.call, *pair))
        went = await bridges.until_one_goes(*legs, unless=lambda: stars.asked is not None)
    if went is None:
        return stars.asked
    if len(legs) == 2:
        return Ended(*went)
    conversation.decided("call.left", telephone=went[0].port.name)
    await conversation.leave(went[0])
    return None


def _line_and_handset(legs: tuple[Leg, ...]) -> tuple[Leg, Leg] | None:
    """Two who talk over a line: its exchange may announce a second caller."""
    kinds = {leg.port.kind: leg for leg in legs}
    return (kinds["line"], kinds["handset"]) if len(legs) == 2 and len(kinds) == 2 else None


@contextlib.asynccontextmanager
async def _left_bridged(*legs: Leg) -> AsyncIterator[None]:
    """Legs that the HAT has bridged already; taken apart however the block ends."""
    try:
        yield
    finally:
        await bridges.unbridge(*legs)
