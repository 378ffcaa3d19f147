"""What the Home page asks: new messages, who was missed, the day in figures. Connections of ``Reader.snapshot()``."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from firmware.supervisor.store.mailbox import MESSAGES
from firmware.supervisor.store.queries_messages import MessageRow, list_messages

NEW_SHOWN = 10
MISSED_SHOWN = 10


@dataclass(frozen=True)
class Missed:
    """One caller who was missed, once or several times: "Paul Roy called twice".

    ``last_call`` is the id of the latest call; ``number_e164`` None: cannot be called back from here. ``call_back``:
    the number at which the caller asked to be called back, None: not asked; ``call_back_ms``: not before.
    """

    calls: int
    last_call: int
    last_ms: int
    utc_offset_min: int
    number_e164: str | None
    number_raw: str | None
    presentation: str
    name: str | None
    contact: int | None
    call_back: str | None
    call_back_ms: int | None


@dataclass(frozen=True)
class Home:
    """The stored half of the Home page; what is live comes from the control socket."""

    new_messages: list[MessageRow]
    new_count: int
    missed: list[Missed]
    calls_in: int
    calls_out: int
    talk_s: float


def home(connection: sqlite3.Connection, *, mailbox: int = 1, since_ms: int) -> Home:
    """The newest messages not yet heard, and since ``since_ms`` (the local midnight): missed callers, calls, talk."""
    day = connection.execute(
        "SELECT coalesce(sum(direction = 'in'), 0), coalesce(sum(direction = 'out'), 0), coalesce(sum(talk_s), 0.0) "
        "FROM calls WHERE started_ms >= ?",
        (since_ms,),
    ).fetchone()
    return Home(
        new_messages=list_messages(connection, mailbox=mailbox, states=("new",), per_page=NEW_SHOWN).rows,
        new_count=MESSAGES.count_new(connection, mailbox),
        missed=missed_callers(connection, mailbox, since_ms),
        calls_in=int(day[0]),
        calls_out=int(day[1]),
        talk_s=float(day[2]),
    )


def missed_callers(connection: sqlite3.Connection, mailbox: int, since_ms: int) -> list[Missed]:
    """Who was missed since then, the latest first, at most ``MISSED_SHOWN``.

    A call is missed no more once it is done, or once that number was spoken with later, either way, or left a message.
    """
    # Callers without a number (private, corrupt) are not one person: each such call stands alone.
    rows = connection.execute(
        "SELECT count(*) AS calls, max(calls.id) AS last_call, max(started_ms) AS last_ms, utc_offset_min, "
        "number_e164, number_raw, presentation, coalesce(contacts.name, calls.name) AS name, contact, "
        "max(call_back) AS call_back, max(call_back_ms) AS call_back_ms "
        "FROM calls LEFT JOIN contacts ON contacts.id = calls.contact "
        "WHERE direction = 'in' AND outcome IN ('missed', 'no message') AND started_ms >= ? AND calls.mailbox = ? "
        "AND done_ms IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM calls AS later WHERE later.number_e164 IN (calls.number_e164, calls.call_back) "
        "AND later.started_ms > calls.started_ms AND later.outcome IN ('connected', 'message')) "
        "GROUP BY coalesce(number_e164, number_raw, calls.id) ORDER BY last_ms DESC LIMIT ?",
        (since_ms, mailbox, MISSED_SHOWN),
    )
    return [Missed(**dict(row)) for row in rows]
