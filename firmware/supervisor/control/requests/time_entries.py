"""Time entries: drafts of calls, what people write into them, what is handed on."""

from __future__ import annotations

from typing import Any

from firmware.supervisor.control.arguments import Argument, BadArgument, each, flag, one_of, row_id, text
from firmware.supervisor.control.requests.request import Request
from firmware.supervisor.desk import time_entries
from firmware.supervisor.desk.desk import Actor, Desk
from firmware.supervisor.desk.time_entries import Share
from firmware.supervisor.rules.time_entries import ACTIVITIES, MOST_SHARES, WITH_CLIENT
from firmware.supervisor.store.time_entries import Words


async def _draft(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, int]:
    return {"made": await time_entries.draft(desk, actor, args["since_ms"], args["until_ms"])}


async def _add(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, int]:
    return {"id": await time_entries.add(desk, actor, args)}


async def _edit(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    words = Words(**{name: value for name, value in args.items() if name != "id"})
    await time_entries.edit(desk, actor, args["id"], words)


async def _split(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, list[int]]:
    if len(args["shares"]) < 2:
        raise BadArgument(f"shares: expected 2 to {MOST_SHARES}")
    return {"ids": await time_entries.split(desk, actor, args["id"], [Share(**share) for share in args["shares"]])}


async def _remove(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await time_entries.remove(desk, actor, args["id"])


async def _restore(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await time_entries.restore(desk, actor, args["id"])


async def _reopen(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await time_entries.reopen(desk, actor, args["id"])


async def _export(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, int]:
    wanted = (args["since_ms"], args["until_ms"], args["client"], args["user"])
    number, count = await time_entries.export(desk, actor, *wanted)
    return {"export": number, "count": count}


def _whole(least: int, most: int) -> Any:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise BadArgument(f"expected a whole number from {least} to {most}")
        return value

    return check


_ID = {"id": Argument(row_id)}
_MOMENT = Argument(_whole(0, 2**53))
_PERIOD = {"since_ms": _MOMENT, "until_ms": _MOMENT}
_DAY_S = 86_400
_FOR = {"client": Argument(text(80), ""), "matter": Argument(text(200), "")}
_DONE = {"activity": Argument(one_of(*ACTIVITIES), WITH_CLIENT), "note": Argument(text(500), "")}

TIME_ENTRIES: dict[str, Request] = {
    "time.draft": Request(_draft, _PERIOD),
    "time.add": Request(
        _add,
        {
            "started_ms": _MOMENT,
            "utc_offset_min": Argument(_whole(-1440, 1440)),
            "worked_s": Argument(_whole(1, _DAY_S)),
            "number": Argument(text(40), ""),
            "name": Argument(text(120), ""),
            **_FOR,
            **_DONE,
        },
    ),
    "time.edit": Request(
        _edit,
        {
            **_ID,
            **_FOR,
            **_DONE,
            "billed_s": Argument(_whole(0, _DAY_S)),
            "rate_cents": Argument(_whole(0, 10_000_000)),
            "billable": Argument(flag, True),
        },
    ),
    "time.split": Request(
        _split,
        {**_ID, "shares": Argument(each({"share": Argument(_whole(1, 1000)), **_FOR}, MOST_SHARES))},
    ),
    "time.remove": Request(_remove, _ID),
    "time.restore": Request(_restore, _ID),
    "time.reopen": Request(_reopen, _ID),
    "time.export": Request(_export, {**_PERIOD, "client": Argument(text(80), ""), "user": Argument(row_id, None)}),
}
