"""Mark, delete and restore, for messages and for faxes; note and forward, for messages."""

from __future__ import annotations

from typing import Any

from firmware.supervisor.control.arguments import Argument, one_of, row_id, text
from firmware.supervisor.control.requests.request import Request
from firmware.supervisor.desk import mailbox
from firmware.supervisor.desk.desk import Actor, Desk
from firmware.supervisor.store.mailbox import MARKS, Kind


def kept(kind: Kind) -> dict[str, Request]:
    """The part of the table that is about one kind."""

    async def mark(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
        await mailbox.mark(desk, actor, kind, args["id"], args["state"])

    async def delete(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
        await mailbox.delete(desk, actor, kind, args["id"])

    async def restore(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
        await mailbox.restore(desk, actor, kind, args["id"])

    async def destroy(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
        await mailbox.destroy(desk, actor, kind, args["id"])

    row = {"id": Argument(row_id)}
    return {
        f"{kind.table}.mark": Request(mark, {**row, "state": Argument(one_of(*MARKS))}),
        f"{kind.table}.delete": Request(delete, row),
        f"{kind.table}.restore": Request(restore, row),
        f"{kind.table}.destroy": Request(destroy, row),
    }


async def _note(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await mailbox.note(desk, actor, args["id"], args["note"])


async def _forward(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await mailbox.forward(desk, actor, args["id"], args["to"], args["note"])


_MESSAGE = {"id": Argument(row_id)}

OF_MESSAGES: dict[str, Request] = {
    "messages.note": Request(_note, {**_MESSAGE, "note": Argument(text(1000, lines=True))}),
    "messages.forward": Request(
        _forward, {**_MESSAGE, "to": Argument(row_id), "note": Argument(text(1000, lines=True), "")}
    ),
}
