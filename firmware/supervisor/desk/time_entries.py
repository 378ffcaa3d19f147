"""Time entries: drafts made of calls, reviewed by a person, handed to the billing program.

Raises ``NotFound`` for an entry that is not there or a colleague's, ``Conflict`` for one that was exported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from firmware.supervisor.desk.desk import Act, Actor, Desk
from firmware.supervisor.rules.time_entries import WITH_CLIENT
from firmware.supervisor.rules.time_entries import split as shared
from firmware.supervisor.settings.plan import tariff
from firmware.supervisor.store import queries_time, time_entries
from firmware.supervisor.store.errors import Conflict
from firmware.supervisor.store.time_entries import New, Words

T = TypeVar("T")


@dataclass(frozen=True)
class Share:
    """One part of an entry that is split: its weight, and whom it is for."""

    share: int
    client: str
    matter: str


async def draft(desk: Desk, actor: Actor, since_ms: int, until_ms: int) -> int:
    """An entry for each call of the period that has talk and none yet; how many is the result."""
    terms, rate_cents = tariff(desk.settings), _rate_cents(desk)

    def change(act: Act) -> int:
        calls = time_entries.undrafted(act.connection, _of(act), since_ms, until_ms)
        for call in calls:
            time_entries.put(
                act.connection,
                New(
                    **asdict(call),
                    name="",
                    written=False,
                    activity=WITH_CLIENT,
                    note="",
                    billed_s=terms.billable_s(call.worked_s),
                    rate_cents=rate_cents,
                    billable=True,
                ),
            )
        if calls:
            act.note("draft time entries", "", {"count": len(calls)})
        return len(calls)

    made = await desk.act(actor, "time.draft", change)
    if made:
        _tell(desk, None)
    return made


async def add(desk: Desk, actor: Actor, given: Mapping[str, Any]) -> int:
    """A call that the box did not carry, of who adds it; the id is the result. Its number is as people write it."""
    terms, rate_cents = tariff(desk.settings), _rate_cents(desk)
    number = desk.numbers.typed(given["number"]).e164 or given["number"] if given["number"] else ""

    def change(act: Act) -> int:
        entry = time_entries.put(
            act.connection,
            New(
                call=None,
                mailbox=act.asker.mailbox or 1,
                user=act.actor.user,
                port=None,
                started_ms=given["started_ms"],
                utc_offset_min=given["utc_offset_min"],
                worked_s=given["worked_s"],
                number=number,
                name=given["name"],
                client=given["client"],
                matter=given["matter"],
                written=True,
                activity=given["activity"],
                note=given["note"],
                billed_s=terms.billable_s(given["worked_s"]),
                rate_cents=rate_cents,
                billable=True,
            ),
        )
        act.note("add time entry", f"time:{entry}")
        return entry

    entry = await desk.act(actor, "time.add", change)
    _tell(desk, entry)
    return entry


async def edit(desk: Desk, actor: Actor, entry: int, words: Words) -> None:
    """What a person says of it: whom it is for, what was done, how much."""

    def change(act: Act) -> None:
        time_entries.change(act.connection, entry, words)
        told = {"client": words.client, "matter": words.matter, "billed_s": words.billed_s, "billable": words.billable}
        act.note("edit time entry", f"time:{entry}", told)

    await _one(desk, actor, "edit", entry, change)


async def split(desk: Desk, actor: Actor, entry: int, shares: Sequence[Share]) -> list[int]:
    """One call over several matters; all together are as long as it was. Raises ``ValueError`` for shares."""
    increment_s = tariff(desk.settings).increment_s

    def change(act: Act) -> list[int]:
        parts = shared(time_entries.billed_s(act.connection, entry), [one.share for one in shares], increment_s)
        rows = [(part, one.client, one.matter) for part, one in zip(parts, shares, strict=True)]
        made = time_entries.split(act.connection, entry, rows)
        act.note("split time entry", f"time:{entry}", {"entries": made})
        return made

    return await _one(desk, actor, "split", entry, change)


async def remove(desk: Desk, actor: Actor, entry: int) -> None:
    """Off the list, with a way back: its call is not drafted again. Once more is no error."""

    def change(act: Act) -> None:
        if time_entries.remove(act.connection, entry, act.now_ms):
            act.note("remove time entry", f"time:{entry}")

    await _one(desk, actor, "remove", entry, change)


async def restore(desk: Desk, actor: Actor, entry: int) -> None:
    """Back on the list. Once more is no error."""

    def change(act: Act) -> None:
        if time_entries.remove(act.connection, entry, None):
            act.note("restore time entry", f"time:{entry}")

    await _one(desk, actor, "restore", entry, change)


async def export(
    desk: Desk, actor: Actor, since_ms: int, until_ms: int, client: str, user: int | None
) -> tuple[int, int]:
    """What is open of these is handed on and stays as it is from now on: the export's number, and how many.

    What is for nobody is left out. Raises ``Conflict`` where nothing is left.
    """

    def change(act: Act) -> tuple[int, int]:
        of = _of(act)
        wanted = queries_time.TimeFilter(of, since_ms, until_ms, client, user, "open")
        found = queries_time.each_entry(act.connection, wanted)
        entries = [entry.id for entry in found if entry.client or entry.matter]
        if not entries:
            raise Conflict("there is nothing to export: no open time entry with a client or a matter")
        number = time_entries.export(act.connection, entries, of, act.actor.who, act.now_ms)
        act.note("export time entries", f"export:{number}", {"count": len(entries)})
        return number, len(entries)

    made = await desk.act(actor, "time.export", change)
    _tell(desk, None)
    return made


async def reopen(desk: Desk, actor: Actor, entry: int) -> None:
    """One that was exported may be changed again, and goes out with the next export. Once more is no error."""

    def change(act: Act) -> None:
        if time_entries.reopen(act.connection, entry):
            act.note("reopen time entry", f"time:{entry}")

    await _one(desk, actor, "reopen", entry, change)


async def _one(desk: Desk, actor: Actor, verb: str, entry: int, change: Callable[[Act], T]) -> T:
    def owned(act: Act) -> T:
        act.must_own(time_entries.mailbox(act.connection, entry), f"time entry {entry}")
        return change(act)

    made = await desk.act(actor, f"time.{verb}", owned)
    _tell(desk, entry)
    return made


def _of(act: Act) -> int | None:
    """Whose entries these are: one's own; an administrator bills for all."""
    return None if act.asker.role == "admin" else act.asker.mailbox


def _rate_cents(desk: Desk) -> int:
    return round(desk.settings.number("billing.rate") * 100)


def _tell(desk: Desk, entry: int | None) -> None:
    desk.events.publish("time", {"id": entry})
