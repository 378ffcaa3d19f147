"""What the Contacts page asks: the list with search, one contact with its numbers. All on ``Reader.snapshot()``."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from firmware.supervisor.store.folding import fold
from firmware.supervisor.store.paging import PER_PAGE, Page, place


@dataclass(frozen=True)
class ContactNumber:
    """One number of a contact; ``e164`` None where what was typed is no full number."""

    id: int
    kind: str
    raw: str
    e164: str | None
    is_default: bool


@dataclass(frozen=True)
class LastCall:
    """The latest call with a contact."""

    call: int
    direction: str
    outcome: str
    started_ms: int
    utc_offset_min: int


@dataclass(frozen=True)
class ContactRow:
    """A contact with its numbers, the default one first."""

    id: int
    mailbox: int | None
    name: str
    company: str
    sounds_like: str
    client: str
    language: str
    greeting: str
    notes: str
    deleted_ms: int | None
    numbers: list[ContactNumber]


def list_contacts(
    connection: sqlite3.Connection, *, mailbox: int = 1, search: str = "", page: int = 1, per_page: int = PER_PAGE
) -> Page[ContactRow]:
    """The mailbox's contacts and the shared ones, by name as people sort; searched: name, company, client, numbers."""
    everyone = connection.execute(
        "SELECT id, name, company, client FROM contacts WHERE deleted_ms IS NULL AND (mailbox IS NULL OR mailbox = ?)",
        (mailbox,),
    ).fetchall()
    wanted = fold(search)
    if wanted:
        by_number = _by_digits(connection, search)
        everyone = [
            row
            for row in everyone
            if row["id"] in by_number or any(wanted in fold(row[field]) for field in ("name", "company", "client"))
        ]
    everyone.sort(key=lambda row: (fold(row["name"]), row["id"]))
    shown, pages, size, skip = place(len(everyone), page, per_page)
    rows = [_load(connection, row["id"]) for row in everyone[skip : skip + size]]
    return Page([row for row in rows if row is not None], shown, pages, len(everyone))


def last_calls(connection: sqlite3.Connection, contacts: Sequence[int]) -> dict[int, LastCall]:
    """The latest call with each of these contacts; one with whom there was none is not in it."""
    rows = connection.execute(
        "SELECT contact, id, direction, outcome, max(started_ms) AS started_ms, utc_offset_min FROM calls "
        f"WHERE contact IN ({','.join('?' * len(contacts))}) GROUP BY contact",
        tuple(contacts),
    )
    return {int(row["contact"]): LastCall(*tuple(row)[1:]) for row in rows}


def look_alikes(connection: sqlite3.Connection, mailbox: int = 1) -> list[tuple[int, int]]:
    """Pairs of contacts that may be one person, the older first: the same number, or the same name as people sort."""
    pairs = {
        (int(row[0]), int(row[1]))
        for row in connection.execute(
            "SELECT DISTINCT one.contact, two.contact FROM contact_numbers AS one "
            "JOIN contact_numbers AS two ON one.e164 = two.e164 AND one.contact < two.contact "
            "JOIN contacts AS first ON first.id = one.contact JOIN contacts AS second ON second.id = two.contact "
            "WHERE first.deleted_ms IS NULL AND second.deleted_ms IS NULL "
            "AND coalesce(first.mailbox, ?1) = ?1 AND coalesce(second.mailbox, ?1) = ?1",
            (mailbox,),
        )
    }
    first_called: dict[str, int] = {}
    for row in connection.execute(
        "SELECT id, name FROM contacts WHERE deleted_ms IS NULL AND coalesce(mailbox, ?1) = ?1 ORDER BY id", (mailbox,)
    ):
        first = first_called.setdefault(fold(row["name"]), int(row["id"]))
        if first != row["id"]:
            pairs.add((first, int(row["id"])))
    return sorted(pairs)


def one_contact(connection: sqlite3.Connection, contact: int) -> ContactRow | None:
    """The contact ``contact``, deleted ones too (an undo shows them); None when there is none."""
    return _load(connection, contact)


def _by_digits(connection: sqlite3.Connection, search: str) -> set[int]:
    digits = "".join(letter for letter in search if letter.isascii() and letter.isdigit())
    if len(digits) < 3:  # fewer would find everybody
        return set()
    pattern = f"%{digits.lstrip('0') or digits}%"
    rows = connection.execute(
        "SELECT contact FROM contact_numbers WHERE e164 LIKE ? OR replace(replace(raw, ' ', ''), '-', '') LIKE ?",
        (pattern, pattern),
    )
    return {int(row[0]) for row in rows}


def _load(connection: sqlite3.Connection, contact: int) -> ContactRow | None:
    row = connection.execute(
        "SELECT id, mailbox, name, company, sounds_like, client, language, greeting, notes, deleted_ms "
        "FROM contacts WHERE id = ?",
        (contact,),
    ).fetchone()
    if row is None:
        return None
    numbers = connection.execute(
        "SELECT id, kind, raw, e164, is_default FROM contact_numbers WHERE contact = ? ORDER BY is_default DESC, id",
        (contact,),
    )
    return ContactRow(
        **dict(row),
        numbers=[
            ContactNumber(number["id"], number["kind"], number["raw"], number["e164"], bool(number["is_default"]))
            for number in numbers
        ],
    )
