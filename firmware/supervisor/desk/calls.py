"""Calls: correct a row of the log, end one that is going on, place one."""

from __future__ import annotations

from firmware.supervisor.desk import mailbox
from firmware.supervisor.desk.desk import Act, Actor, Desk
from firmware.supervisor.store import calls, messages, time_entries
from firmware.supervisor.store.errors import Conflict, NotFound
from firmware.supervisor.store.mailbox import MESSAGES


async def annotate(desk: Desk, actor: Actor, call: int, client: str, matter: str) -> None:
    """Whom a call is billed to, corrected by a person. Raises ``NotFound``."""

    def change(act: Act) -> None:
        _own(act, call)
        calls.annotate(act.connection, call, client, matter)
        time_entries.follow(act.connection, call, client, matter)
        act.note("annotate call", f"call:{call}", {"client": client, "matter": matter})

    await desk.act(actor, "calls.annotate", change)


async def done(desk: Desk, actor: Actor, call: int, is_done: bool) -> None:
    """A missed caller needs nothing more, or does after all. Raises ``NotFound``."""

    def change(act: Act) -> None:
        _own(act, call)
        if calls.done(act.connection, call, act.now_ms if is_done else None):
            act.note("done with missed call" if is_done else "missed call again", f"call:{call}")

    await desk.act(actor, "calls.done", change)
    desk.events.publish("call", {"id": call, "done": is_done})


async def hang_up(desk: Desk, actor: Actor, call: int) -> None:
    """Raises ``NotFound`` when there is no such call, or it is somebody else's, ``Conflict`` when it has ended."""
    await desk.act(actor, "calls.hang_up", lambda act: _own(act, call))
    try:
        await desk.running.hang_up(call)
    except NotFound:
        if await desk.act(actor, "calls.hang_up", lambda act: calls.mailbox(act.connection, call) is None):
            raise
        raise Conflict(f"call {call} has already ended") from None
    await desk.act(actor, "calls.hang_up", lambda act: act.note("hang up", f"call:{call}"))


async def dial(desk: Desk, actor: Actor, handset: str, number: str, message: int | None) -> int:
    """Rings ``handset``, then dials; ``message`` (one's own) counts as called back once the number was sent.

    The call's id is the result. Raises ``NotFound``, ``Conflict``.
    """

    def check(act: Act) -> None:
        """There is such a message, before anything rings."""
        if message is not None:
            act.must_own(MESSAGES.mailbox(act.connection, message), f"message {message}", to="messages.hear")

    await desk.act(actor, "calls.dial", check)

    async def noted(call: int) -> int:
        row = {"handset": handset, "number": number}
        await desk.act(actor, "calls.dial", lambda act: act.note("dial", f"call:{call}", row))
        return call

    if message is None:
        return await noted(await desk.running.dial(handset, number, actor.user))

    async def dialled() -> None:
        def change(act: Act) -> dict[str, object]:
            messages.called_back(act.connection, message, act.now_ms)
            return mailbox.told(act, MESSAGES, message)

        desk.events.publish("message", await desk.act(actor, "calls.dial", change))

    return await noted(await desk.running.dial(handset, number, actor.user, dialled))


def _own(act: Act, call: int) -> None:
    act.must_own(calls.mailbox(act.connection, call), f"call {call}")
