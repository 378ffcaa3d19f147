"""What an office does every day with what the box keeps: missed calls seen to, contacts made, messages handed on."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.control_client import Refused
from firmware.supervisor.store import calls
from firmware.supervisor.store.queries_home import missed_callers
from tests.supervisor.control.conftest import Served, served, short_folder
from tests.supervisor.desk.test_whose import ANNA, PAUL, things, user

__all__ = ["served", "short_folder"]  # fixtures

ROY, LEE = "+15145550188", "+15145550123"


def rang(served: Served, number: str | None, outcome: str = "missed", **more: Any) -> int:
    """A call that is over; each a second after the one before."""

    def made(connection: Any) -> int:
        direction = more.pop("direction", "in")
        row = connection.execute("SELECT coalesce(max(id), 0) FROM calls").fetchone()[0] + 1
        call = calls.begin(
            connection,
            direction,
            started_ms=1000 * row,
            utc_offset_min=0,
            number_e164=number,
            number_raw=number,
            **more,
        )
        calls.end(connection, call, outcome=outcome, ended_ms=1000 * row + 500, at_s=0.5, hung_up_by="far end", why="")
        return call

    return served.database.write(made).result()


def missed(served: Served) -> list[str | None]:
    rows = served.database.write(missed_callers, 1, 0).result()
    return [row.name or row.number_e164 for row in rows]


@pytest.mark.parametrize(
    ("later", "still"),
    [
        ({"outcome": "connected"}, []),
        ({"outcome": "connected", "direction": "out"}, []),
        ({"outcome": "message"}, []),
        ({"outcome": "no answer", "direction": "out"}, [ROY]),
        ({"outcome": "missed"}, [ROY]),
    ],
    ids=["called again", "reached", "left a message", "nobody there", "missed again"],
)
def test_who_was_missed_leaves_the_list_by_what_happens_later(
    served: Served, later: dict[str, Any], still: list[str]
) -> None:
    rang(served, ROY)
    rang(served, ROY, **later)
    assert missed(served) == still


def test_done_takes_all_that_caller_s_missed_calls_off_and_can_be_taken_back(served: Served) -> None:
    private = rang(served, None, presentation="private")
    rang(served, ROY)
    rang(served, LEE)
    last = rang(served, ROY)
    served.client.request("calls.done", {"id": last})
    served.client.request("calls.done", {"id": private})
    assert missed(served) == [LEE]
    rang(served, ROY)
    assert missed(served) == [ROY, LEE], "who rings again after that is missed again"
    served.client.request("calls.done", {"id": private, "done": False})
    assert len(missed(served)) == 3


def test_a_contact_that_is_made_names_its_earlier_calls_at_once(served: Served) -> None:
    mine, billed, other = rang(served, ROY), rang(served, ROY, client="Tremblay"), rang(served, LEE)
    new = {"name": "Paul Roy", "client": "Roy", "numbers": [{"raw": "514 555 0188"}]}
    contact = served.client.request("contacts.create", new)["id"]
    rows = "SELECT id, contact, client FROM calls ORDER BY id"
    assert served.rows(rows) == [(mine, contact, "Roy"), (billed, contact, "Tremblay"), (other, None, "")]
    assert missed(served) == [LEE, "Paul Roy"]
    more = {**new, "numbers": [*new["numbers"], {"raw": LEE}]}
    served.client.request("contacts.update", {"id": contact, **more})
    assert served.rows(rows)[2] == (other, contact, "Roy")


def test_two_contacts_that_are_one_person_become_one(served: Served) -> None:
    first = {"name": "Paul Roy", "notes": "a", "numbers": [{"raw": ROY}]}
    into = served.client.request("contacts.create", first)["id"]
    second = {"name": "P. Roy", "company": "Roy & Co", "notes": "b", "numbers": [{"raw": ROY}, {"raw": LEE}]}
    other = served.client.request("contacts.create", second)["id"]
    call = rang(served, LEE, contact=other)
    served.client.request("rules.add", {"rule": {"kind": "group", "name": "vip", "contacts": [other]}})
    served.client.request("contacts.merge", {"id": other, "into": into})
    assert served.rows(f"SELECT name, company, notes FROM contacts WHERE id = {into}") == [
        ("Paul Roy", "Roy & Co", "a\nb")
    ]
    numbers = served.rows(f"SELECT e164, is_default FROM contact_numbers WHERE contact = {into} ORDER BY id")
    assert numbers == [(ROY, 1), (LEE, 0)]
    assert served.rows(f"SELECT contact FROM calls WHERE id = {call}") == [(into,)]
    assert served.rows("SELECT rule FROM rules")[0][0].endswith(f'"contacts": [{into}]}}')
    for pair in ({"id": other, "into": into}, {"id": into, "into": into}):
        with pytest.raises(Refused, match="there is no contact"):
            served.client.request("contacts.merge", pair)


def test_a_message_is_handed_to_a_colleague_with_a_note(served: Served) -> None:
    message = things(served, ANNA)["message"]
    anna, paul = user(served, ANNA, "user"), user(served, PAUL, "user")
    served.client.request("messages.note", {"id": message, "note": "wants\na quote"}, actor=anna)
    served.client.request("messages.mark", {"id": message, "state": "heard"}, actor=anna)
    served.client.request("messages.forward", {"id": message, "to": paul["user"]}, actor=anna)
    assert served.rows("SELECT mailbox, state, note FROM messages") == [(PAUL, "new", "wants\na quote")]
    with pytest.raises(Refused) as refused:
        served.client.request("messages.mark", {"id": message, "state": "heard"}, actor=anna)
    assert refused.value.code == "not_found"
    with pytest.raises(Refused, match="lies in that mailbox already"):
        served.client.request("messages.forward", {"id": message, "to": paul["user"]}, actor=paul)
    with pytest.raises(Refused, match="there is no user 99"):
        served.client.request("messages.forward", {"id": message, "to": 99}, actor=paul)


def test_what_is_deleted_for_good_is_gone_at_once_and_only_what_is_deleted(served: Served) -> None:
    message = things(served, ANNA)["message"]
    anna = user(served, ANNA, "user")
    with pytest.raises(Refused, match="is not deleted"):
        served.client.request("messages.destroy", {"id": message}, actor=anna)
    served.client.request("messages.delete", {"id": message}, actor=anna)
    served.client.request("messages.destroy", {"id": message}, actor=anna)
    with pytest.raises(Refused, match="there is no message"):
        served.client.request("messages.restore", {"id": message}, actor=anna)
    told = served.rows("SELECT action, target FROM audit ORDER BY id DESC LIMIT 1")
    assert told == [("delete message for good", f"message:{message}")]


HASH = "$argon2id$v=19$m=8,t=1,p=1$x"


def test_an_administrator_makes_locks_and_ends_users(served: Served) -> None:
    admin = served.user("admin")
    new = {"name": "Paul", "role": "user", "password_hash": HASH, "own_mailbox": True}
    paul = served.client.request("users.create", new, actor=admin)["id"]
    assert served.rows(f"SELECT role, mailbox > 1 FROM users WHERE id = {paul}") == [("user", 1)]
    with pytest.raises(Refused, match="somebody logs in as PAUL already"):
        served.client.request("users.create", {**new, "name": "PAUL"}, actor=admin)
    as_paul = {"user": paul, "name": "Paul", "role": "user", "via": "web"}
    served.client.request("status.get", {}, actor=as_paul)
    for change in ({"disabled": True}, {"disabled": False, "expires_ms": 1000}):
        served.client.request("users.change", {"id": paul, "role": "user", **change}, actor=admin)
        with pytest.raises(Refused, match="may not use the box"):
            served.client.request("status.get", {}, actor=as_paul)
    served.client.request("users.change", {"id": paul, "role": "admin", "disabled": False}, actor=admin)
    served.client.request("users.reset_password", {"id": paul, "password_hash": HASH + "y"}, actor=admin)
    assert served.rows(f"SELECT role, password_hash FROM users WHERE id = {paul}") == [("admin", HASH + "y")]


@pytest.mark.parametrize("change", [{"role": "user"}, {"disabled": True}, {"expires_ms": 2**40}], ids=str)
def test_one_administrator_is_always_left(served: Served, change: dict[str, Any]) -> None:
    admin = served.user("admin")
    asked = {"id": admin["user"], "role": "admin", "disabled": False, **change}
    with pytest.raises(Refused, match="one administrator must be left"):
        served.client.request("users.change", asked, actor=admin)
    assert served.rows("SELECT role, disabled_ms, expires_ms FROM users") == [("admin", None, None)]
