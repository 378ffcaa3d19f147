"""Contacts: kept, edited, deleted with a way back, found by number for the call that comes in."""

from __future__ import annotations

import pytest

from firmware.supervisor.store import contacts
from firmware.supervisor.store.contacts import NewContact, NewNumber
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import NotFound
from firmware.supervisor.store.queries_contacts import list_contacts, one_contact
from firmware.supervisor.store.reader import Reader

PAUL = NewContact(
    "Paul Roy",
    [NewNumber("work", "514 555-0188", "+15145550188"), NewNumber("mobile", "438 555-0101", "+14385550101", True)],
    company="Roy et Frères",
    client="Roy",
)


def create(database: Database, contact: NewContact, now_ms: int = 1) -> int:
    return database.write(contacts.create, contact, now_ms).result()


def who(database: Database, e164: str | None, *ways: str) -> str | None:
    found = database.write(contacts.find_by_number, e164, ways).result()
    return found.name if found else None


def test_a_caller_is_found_by_each_of_the_numbers(database: Database) -> None:
    create(database, PAUL)
    assert who(database, "+15145550188") == who(database, "+14385550101") == "Paul Roy"
    assert who(database, "+15145550189") is None
    assert who(database, None) is None


def test_a_number_that_is_no_full_one_is_found_by_its_digits(database: Database) -> None:
    create(database, NewContact("Front door", [NewNumber("other", "55-01", None)]))
    assert who(database, None, "5501") == "Front door"
    assert who(database, "+15145555501", "5145555501") is None
    create(database, NewContact("Anna Schmidt", [NewNumber("work", "1234/56.78", None)]))
    assert who(database, "+493012345678", "03012345678", "3012345678", "12345678") == "Anna Schmidt"


def test_a_private_contact_comes_before_a_shared_one_and_the_last_change_wins(database: Database) -> None:
    number = [NewNumber("work", "1", "+15145550188")]
    create(database, NewContact("Shared, newer", number), 9)
    assert who(database, "+15145550188") == "Shared, newer"
    create(database, NewContact("Own, older", number, mailbox=1), 2)
    assert who(database, "+15145550188") == "Own, older"
    create(database, NewContact("Own, newer", number, mailbox=1), 3)
    assert who(database, "+15145550188") == "Own, newer"


def test_a_deleted_contact_is_nobody_until_it_is_restored(database: Database, reader: Reader) -> None:
    paul = create(database, PAUL)
    assert database.write(contacts.delete, paul, 5).result() is True
    assert database.write(contacts.delete, paul, 6).result() is False
    assert who(database, "+15145550188") is None
    with reader.snapshot() as connection:
        assert list_contacts(connection).rows == []
    with pytest.raises(NotFound):
        database.write(contacts.update, paul, PAUL, 7).result()
    assert database.write(contacts.restore, paul, 8).result() is True
    assert database.write(contacts.restore, paul, 9).result() is False
    assert who(database, "+15145550188") == "Paul Roy"


def test_an_update_replaces_numbers_and_keeps_greeting_and_mailbox(database: Database, reader: Reader) -> None:
    contact = create(database, NewContact("A", [NewNumber("work", "1", "+15145550111")], greeting="g", mailbox=1))
    database.write(contacts.update, contact, NewContact("B", [NewNumber("home", "2", "+15145550122")]), 2).result()
    with reader.snapshot() as connection:
        row = one_contact(connection, contact)
    assert row is not None
    assert (row.name, row.greeting, row.mailbox) == ("B", "g", 1)
    assert [(number.kind, number.e164) for number in row.numbers] == [("home", "+15145550122")]
    assert who(database, "+15145550111") is None


def test_exactly_one_number_is_the_default(database: Database, reader: Reader) -> None:
    made = [
        create(database, PAUL),
        create(database, NewContact("No claim", [NewNumber("work", "1", None), NewNumber("home", "2", None)])),
        create(
            database, NewContact("Two claims", [NewNumber("work", "1", None, True), NewNumber("home", "2", None, True)])
        ),
    ]
    with reader.snapshot() as connection:
        rows = [one_contact(connection, contact) for contact in made]
    defaults = [[number.raw for number in row.numbers if number.is_default] for row in rows if row]
    assert defaults == [["438 555-0101"], ["1"], ["1"]]
    assert rows[0] is not None and rows[0].numbers[0].raw == "438 555-0101", "the default comes first"


def test_search_ignores_case_and_accents_and_knows_numbers(database: Database, reader: Reader) -> None:
    paul = create(database, PAUL)
    eric = create(database, NewContact("Éric Gagné", [NewNumber("mobile", "0514 555 0199", "+15145550199")]))
    create(database, NewContact("Zoe"))
    with reader.snapshot() as connection:
        for text, expected in (
            ("eric", [eric]), ("GAGNÉ", [eric]), ("freres", [paul]), ("555-0188", [paul]), ("0514 555 0199", [eric]),
            ("roy", [paul]), ("%", []), ("_", []),
        ):  # fmt: skip
            assert [row.id for row in list_contacts(connection, search=text).rows] == expected, text
        assert [row.name for row in list_contacts(connection).rows] == ["Éric Gagné", "Paul Roy", "Zoe"]
        assert [row.name for row in list_contacts(connection, page=2, per_page=2).rows] == ["Zoe"]
