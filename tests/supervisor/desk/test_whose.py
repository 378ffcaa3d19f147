"""Two users, each with a mailbox: no request touches what is the other's, and nothing is told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from firmware.control_client import Refused
from firmware.supervisor.control.requests import REQUESTS
from firmware.supervisor.rules.rights import RIGHTS
from firmware.supervisor.store import calls, contacts, faxes, messages, recordings
from tests.supervisor.control.conftest import Served, served, short_folder

__all__ = ["served", "short_folder"]  # fixtures

ANNA, PAUL = 2, 3  # mailboxes
THING: dict[str, tuple[str, dict[str, Any]]] = {
    "messages.mark": ("message", {"state": "heard"}),
    "messages.delete": ("message", {}),
    "messages.restore": ("message", {}),
    "messages.destroy": ("message", {}),
    "messages.note": ("message", {"note": "x"}),
    "messages.forward": ("message", {"to": 1}),
    "faxes.mark": ("fax", {"state": "heard"}),
    "faxes.delete": ("fax", {}),
    "faxes.restore": ("fax", {}),
    "faxes.destroy": ("fax", {}),
    "calls.annotate": ("call", {"client": "x", "matter": "y"}),
    "calls.done": ("call", {}),
    "calls.hang_up": ("call", {}),
    "contacts.update": ("contact", {"name": "Mallory"}),
    "contacts.delete": ("contact", {}),
    "contacts.merge": ("contact", {"into": 1}),
    "contacts.restore": ("contact", {}),
    "time.edit": ("entry", {"billed_s": 60, "rate_cents": 0}),
    "time.split": ("entry", {"shares": [{"share": 1}, {"share": 1}]}),
    "time.remove": ("entry", {}),
    "time.restore": ("entry", {}),
    "time.reopen": ("entry", {}),
}
"""Each request that takes an id: what it takes, and what else it is given. One that is not here has no id."""


def user(served: Served, mailbox: int, role: str) -> dict[str, Any]:
    """A user with a mailbox of his own; the `as` of his requests."""

    def add(connection: Any) -> int:
        connection.execute("INSERT OR IGNORE INTO mailboxes (id, name) VALUES (?, ?)", (mailbox, f"box {mailbox}"))
        return int(
            connection.execute(
                "INSERT INTO users (name, role, password_hash, mailbox, created_ms) VALUES (?, ?, '', ?, 1) "
                "RETURNING id",
                (f"{role}{mailbox}", role, mailbox),
            ).fetchone()[0]
        )

    return {"user": served.database.write(add).result(), "name": "x", "role": role, "via": "web"}


def things(served: Served, mailbox: int) -> dict[str, int]:
    """One of everything that a mailbox can hold; the live call of the box is among them."""

    def made(connection: Any) -> dict[str, int]:
        connection.execute("INSERT OR IGNORE INTO mailboxes (id, name) VALUES (?, ?)", (mailbox, f"box {mailbox}"))
        while True:  # call 7 is the one that the box says is live
            call = calls.begin(connection, "in", started_ms=1, utc_offset_min=0, mailbox=mailbox)
            if call >= 7:
                break
        recording = recordings.begin(connection, call=call, kind="message", path="x", law="mu", started_ms=1)
        recordings.finish(connection, recording, 8000)
        when: dict[str, Any] = {"received_ms": 1, "utc_offset_min": 0}
        return {
            "call": call,
            "message": messages.create(connection, call=call, recording=recording, mailbox=mailbox, **when),
            "fax": faxes.put(
                connection,
                call=call,
                path="x",
                pages=1,
                sender="",
                received_ms=1,
                utc_offset_min=0,
                progress="made",
                mailbox=mailbox,
            ),
            "contact": contacts.create(connection, contacts.NewContact(name="Roy", mailbox=mailbox), 1),
            "entry": int(
                connection.execute(
                    "INSERT INTO time_entries (mailbox, started_ms, utc_offset_min, worked_s, activity, billed_s) "
                    "VALUES (?, 1, 0, 60, 'A106', 60) RETURNING id",
                    (mailbox,),
                ).fetchone()[0]
            ),
        }

    return served.database.write(made).result()


EVERYBODYS = {"emergency.acknowledge", "rules.remove", "users.change", "users.reset_password"}
"""An alarm is seen by anybody; rules and users are the office's."""


def everything(served: Served) -> list[Any]:
    tables = ("messages", "faxes", "calls", "contacts", "time_entries", "audit")
    return [served.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables]


def test_every_request_with_an_id_is_tried() -> None:
    with_id = {name for name, request in REQUESTS.items() if "id" in request.arguments}
    assert with_id - EVERYBODYS == set(THING), "a new request that takes an id says here what it takes"
    assert all(RIGHTS[name].whose != "nobody's" for name in THING)


@pytest.mark.parametrize("request_name", sorted(THING))
@pytest.mark.parametrize("role", ["user", "admin"])
def test_what_is_a_colleagues_cannot_be_touched(served: Served, request_name: str, role: str) -> None:
    kind, more = THING[request_name]
    row = things(served, ANNA)[kind]
    paul = user(served, PAUL, role)
    before = everything(served)
    ask: Callable[[], Any] = lambda: served.client.request(request_name, {"id": row, **more}, actor=paul)  # noqa: E731
    if role == "admin" and RIGHTS[request_name].whose == "log":
        ask()
        return
    with pytest.raises(Refused) as refused:
        ask()
    assert refused.value.code == "not_found"
    assert everything(served) == before and served.box.hung_up == []


@pytest.mark.parametrize("request_name", sorted(THING))
def test_ones_own_can(served: Served, request_name: str) -> None:
    kind, more = THING[request_name]
    more = dict(more)
    row = things(served, ANNA)[kind]
    anna, paul = user(served, ANNA, "user"), user(served, PAUL, "user")
    if request_name == "messages.forward":
        more["to"] = paul["user"]
    elif request_name == "contacts.merge":
        more["into"] = served.client.request("contacts.create", {"name": "Roy"}, actor=anna)["id"]
    elif request_name.endswith(".destroy"):
        served.client.request(request_name.replace("destroy", "delete"), {"id": row}, actor=anna)
    served.client.request(request_name, {"id": row, **more}, actor=anna)


def test_nobody_calls_back_the_caller_of_a_colleagues_message(served: Served) -> None:
    message = things(served, ANNA)["message"]
    paul, anna = user(served, PAUL, "user"), user(served, ANNA, "user")
    asked = {"handset": "C", "number": "5145550123", "message": message}
    with pytest.raises(Refused, match="no message"):
        served.client.request("calls.dial", asked, actor=paul)
    assert served.box.dialled is None
    served.client.request("calls.dial", asked, actor=anna)


def test_new_messages_are_counted_in_ones_own_mailbox(served: Served) -> None:
    things(served, ANNA)
    anna, paul = user(served, ANNA, "user"), user(served, PAUL, "user")
    counts = [served.client.request("status.get", {}, actor=one)["new_messages"] for one in (anna, paul)]
    assert counts == [1, 0]
