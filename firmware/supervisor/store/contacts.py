"""The changes of a contact and its numbers, and finding who calls. Each function runs inside one job.

Numbers come with their E.164 form already worked out (``numbers.normalise``), None where what was typed is not a full
number; such a number is found by its digits alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from firmware.supervisor.store.errors import NotFound

_EDITED = "name, company, sounds_like, client, language, notes"


@dataclass(frozen=True)
class NewNumber:
    """A number as a person gave it. ``kind``: mobile, work, home, fax or other."""

    kind: str
    raw: str
    e164: str | None
    is_default: bool = False


@dataclass(frozen=True)
class NewContact:
    """A contact as a person gave it; ``mailbox`` None: shared by all."""

    name: str
    numbers: Sequence[NewNumber] = ()
    company: str = ""
    sounds_like: str = ""
    client: str = ""
    language: str = ""
    greeting: str = ""
    notes: str = ""
    mailbox: int | None = None


@dataclass(frozen=True)
class Known:
    """Who a number belongs to, for the call that is coming in."""

    contact: int
    name: str
    company: str
    client: str
    language: str
    greeting: str
    sounds_like: str


def create(connection: sqlite3.Connection, contact: NewContact, now_ms: int) -> int:
    """A new contact; returns its id."""
    cursor = connection.execute(
        f"INSERT INTO contacts ({_EDITED}, greeting, mailbox, created_ms, changed_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*_edited(contact), contact.greeting, contact.mailbox, now_ms, now_ms),
    )
    created = int(cursor.lastrowid or 0)
    _put_numbers(connection, created, contact.numbers)
    return created


def update(connection: sqlite3.Connection, contact: int, new: NewContact, now_ms: int) -> None:
    """Replace what the page edits, numbers included; greeting and mailbox stay. Raises ``NotFound``."""
    changed = connection.execute(
        f"UPDATE contacts SET ({_EDITED}, changed_ms) = (?, ?, ?, ?, ?, ?, ?) WHERE id = ? AND deleted_ms IS NULL",
        (*_edited(new), now_ms, contact),
    )
    if changed.rowcount != 1:
        raise NotFound(f"there is no contact {contact}")
    connection.execute("DELETE FROM contact_numbers WHERE contact = ?", (contact,))
    _put_numbers(connection, contact, new.numbers)


def delete(connection: sqlite3.Connection, contact: int, now_ms: int) -> bool:
    """Delete with a way back; False when it was deleted already. Raises ``NotFound``."""
    if _deleted(connection, contact):
        return False
    connection.execute("UPDATE contacts SET deleted_ms = ?, changed_ms = ? WHERE id = ?", (now_ms, now_ms, contact))
    return True


def restore(connection: sqlite3.Connection, contact: int, now_ms: int) -> bool:
    """Take a delete back; False when it was not deleted. Raises ``NotFound``."""
    if not _deleted(connection, contact):
        return False
    connection.execute("UPDATE contacts SET deleted_ms = NULL, changed_ms = ? WHERE id = ?", (now_ms, contact))
    return True


def merge(connection: sqlite3.Connection, contact: int, into: int, now_ms: int) -> None:
    """Give ``into`` the numbers, the calls and the words of ``contact`` that it lacks, and delete that one.

    Raises ``NotFound`` where one is not there, is deleted, or both are the same.
    """
    for one in (contact, into):
        if contact == into or _deleted(connection, one):
            raise NotFound(f"there is no contact {one}")
    connection.execute(
        "UPDATE contacts SET changed_ms = :now, notes = trim(notes || char(10) || (SELECT notes FROM contacts "
        "WHERE id = :other), char(10)), "
        + ", ".join(
            f"{field} = iif({field} = '', (SELECT {field} FROM contacts WHERE id = :other), {field})"
            for field in ("company", "sounds_like", "client", "language", "greeting")
        )
        + " WHERE id = :into",
        {"now": now_ms, "other": contact, "into": into},
    )
    connection.execute(
        "INSERT INTO contact_numbers (contact, kind, raw, e164) SELECT ?1, kind, raw, e164 FROM contact_numbers "
        "WHERE contact = ?2 AND coalesce(e164, raw) NOT IN (SELECT coalesce(e164, raw) FROM contact_numbers "
        "WHERE contact = ?1) ORDER BY id",
        (into, contact),
    )
    connection.execute("UPDATE calls SET contact = ? WHERE contact = ?", (into, contact))
    delete(connection, contact, now_ms)


def mailbox(connection: sqlite3.Connection, contact: int) -> int | None:
    """Whose contact it is, None for all of them; a deleted one too. Raises ``NotFound``."""
    found = connection.execute("SELECT mailbox FROM contacts WHERE id = ?", (contact,)).fetchone()
    if found is None:
        raise NotFound(f"there is no contact {contact}")
    return None if found[0] is None else int(found[0])


def client(connection: sqlite3.Connection, contact: int) -> str:
    """For which client this contact's calls are, "" for none. Raises ``NotFound``."""
    found = connection.execute("SELECT client FROM contacts WHERE id = ?", (contact,)).fetchone()
    if found is None:
        raise NotFound(f"there is no contact {contact}")
    return str(found[0])


def find_by_number(
    connection: sqlite3.Connection, e164: str | None, ways: Sequence[str] = (), mailbox: int = 1
) -> Known | None:
    """Who calls: by E.164, else by equal digits among numbers that are no full ones (extensions, short codes).

    ``ways``: the digits by which people here write the caller's number, for those that were typed without area code.
    The mailbox's own contact comes before a shared one, then the one changed last.
    """
    people = (
        "SELECT contacts.id, name, company, client, language, greeting, sounds_like FROM contact_numbers "
        "JOIN contacts ON contacts.id = contact_numbers.contact "
        "WHERE deleted_ms IS NULL AND (mailbox IS NULL OR mailbox = ?) AND {} "
        "ORDER BY mailbox IS NULL, changed_ms DESC, contacts.id DESC LIMIT 1"
    )
    row = None
    if e164 is not None:
        row = connection.execute(people.format("e164 = ?"), (mailbox, e164)).fetchone()
    if row is None and ways:
        plain = "raw"
        for mark in " -()./":
            plain = f"replace({plain}, '{mark}', '')"
        among = f"e164 IS NULL AND {plain} IN ({', '.join('?' * len(ways))})"
        row = connection.execute(people.format(among), (mailbox, *ways)).fetchone()
    return None if row is None else Known(*row)


def _edited(contact: NewContact) -> tuple[str, ...]:
    return (contact.name, contact.company, contact.sounds_like, contact.client, contact.language, contact.notes)


def _put_numbers(connection: sqlite3.Connection, contact: int, numbers: Sequence[NewNumber]) -> None:
    # Exactly one default, whatever was sent: the first that claims it, else the first.
    default = next((place for place, number in enumerate(numbers) if number.is_default), 0)
    connection.executemany(
        "INSERT INTO contact_numbers (contact, kind, raw, e164, is_default) VALUES (?, ?, ?, ?, ?)",
        [
            (contact, number.kind, number.raw, number.e164, int(place == default))
            for place, number in enumerate(numbers)
        ],
    )


def _deleted(connection: sqlite3.Connection, contact: int) -> bool:
    row = connection.execute("SELECT deleted_ms FROM contacts WHERE id = ?", (contact,)).fetchone()
    if row is None:
        raise NotFound(f"there is no contact {contact}")
    return row[0] is not None
