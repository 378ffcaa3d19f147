"""Two users, each with a mailbox: no address of the page shows or changes what is the other's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from firmware.supervisor.store import contacts, faxes
from tests.webui.conftest import Browser
from tests.webui.office import Office
from webui.access import Route
from webui.application import routes
from webui.web import Web

SECRET = "Zacharias"  # stands in everything that is Anna's
THING = {
    "messages": "message",
    "recordings": "recording",
    "faxes": "fax",
    "calls": "call",
    "contacts": "contact",
    "time": "entry",
}
EVERYBODYS = ("/emergency/", "/assistant/rules/", "/users/")  # an alarm is seen by anybody; the rules are the office's
OF_TIME = ("/time", "/time.csv", "/time-clio.csv")
WITH_ID = [route for route in routes() if "<number" in route.path and not route.path.startswith(EVERYBODYS)]
LISTS = [route for route in routes() if route.method == "GET" and "<" not in route.path and route.access == "user"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Web, dict[str, int]]]:
    office = Office(tmp_path_factory.mktemp("two"))
    office.start()
    own = {"anna": office.user("anna", "user"), "paul": office.user("paul", "user")}
    message = office.message(0.5, name=SECRET, client=SECRET, number_raw="5145550188", number_e164="+15145550188")

    def share_out(connection: Any) -> dict[str, int]:
        for mailbox, name in ((2, "anna"), (3, "paul")):
            connection.execute("INSERT INTO mailboxes (id, name) VALUES (?, ?)", (mailbox, name))
            connection.execute("UPDATE users SET mailbox = ? WHERE id = ?", (mailbox, own[name]))
        connection.execute("UPDATE calls SET mailbox = 2")
        connection.execute("UPDATE messages SET mailbox = 2")
        call, recording = connection.execute("SELECT call, recording FROM messages").fetchone()
        fax = faxes.put(
            connection,
            call=call,
            path="2026-03/x.tif",
            pages=1,
            sender=SECRET,
            received_ms=1,
            utc_offset_min=0,
            progress="made",
            mailbox=2,
        )
        contact = contacts.create(connection, contacts.NewContact(name=SECRET, mailbox=2), 1)
        connection.execute(
            "INSERT INTO time_entries (call, mailbox, started_ms, utc_offset_min, worked_s, client, activity, "
            "billed_s) SELECT id, mailbox, started_ms, 0, 60, ?, 'A106', 60 FROM calls",
            (SECRET,),
        )
        return {"entry": 1, "message": message, "recording": recording, "fax": fax, "call": call, "contact": contact}

    yield office, office.web(), office.write(share_out)
    office.stop()


def path(route: Route, things: dict[str, int]) -> str:
    kind = THING[route.path.split("/")[1]]
    return re.sub(r"<[^>]+>", str(things[kind]), route.path)


def rows(office: Office) -> list[list[tuple[Any, ...]]]:
    tables = ("messages", "faxes", "calls", "contacts", "time_entries")

    def read(connection: Any) -> list[list[tuple[Any, ...]]]:
        return [[tuple(row) for row in connection.execute(f"SELECT * FROM {table}")] for table in tables]

    return office.write(read)


@pytest.mark.parametrize("route", WITH_ID, ids=lambda route: f"{route.method} {route.path}")
def test_a_colleagues_thing_is_not_found(route: Route, house: tuple[Office, Web, dict[str, int]]) -> None:
    office, web, things = house
    paul = Browser(web)
    paul.log_in("paul")
    before = rows(office)
    address = path(route, things)
    answer = paul.get(address) if route.method == "GET" else paul.post(address, {"state": "heard", "name": "x"})
    assert answer.status == 404, f"{address}: {answer.status}"
    assert SECRET not in answer.text
    assert rows(office) == before


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.path)
def test_no_list_shows_what_is_a_colleagues(route: Route, house: tuple[Office, Web, dict[str, int]]) -> None:
    if route.path == "/events":
        return  # a stream without an end: test_live
    _, web, _ = house
    anna, paul = Browser(web), Browser(web)
    paul.log_in("paul")
    address = f"{route.path}?period=all" if route.path in OF_TIME else route.path
    assert SECRET not in paul.get(address).text
    anna.log_in("anna")
    if route.path in ("/messages", "/calls", "/calls.csv", "/contacts", "/home/messages", *OF_TIME):
        assert SECRET in anna.get(address).text
