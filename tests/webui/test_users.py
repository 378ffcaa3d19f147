"""Users and roles: who may be added, locked and ended by whom, and what an administrator sees of others."""

from __future__ import annotations

import pytest

from tests.webui.conftest import Browser
from tests.webui.office import PASSWORD, Office
from webui.web import Web

NEW = "five green frogs"


def add(anna: Browser, name: str, **more: str) -> int:
    anna.get("/users")
    return anna.post("/users", {"name": name, "password": NEW, "again": NEW, **more}).status


def user_id(office: Office, name: str) -> int:
    return office.write(lambda c: int(c.execute("SELECT id FROM users WHERE name = ?", (name,)).fetchone()[0]))


def test_a_user_is_added_and_logs_in_and_sees_no_page_of_the_administrators(web: Web, anna: Browser) -> None:
    assert add(anna, "Paul") == 303
    assert "Paul" in anna.get("/users?done=created").text
    paul = Browser(web)
    assert paul.log_in("paul", NEW).status == 303
    assert paul.get("/messages").status == 200
    assert [paul.get(path).status for path in ("/users", "/settings", "/health")] == [403] * 3
    assert paul.post("/users", {"name": "Eve", "password": NEW, "again": NEW, "role": "admin"}).status == 403


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Please type a name"),
        ({"name": "ANNA"}, "Somebody logs in as ANNA already"),
        ({"name": "Paul", "again": "other words"}, "are not the same"),
        ({"name": "Paul", "password": "short", "again": "short"}, "at least 10 characters"),
    ],
)
def test_what_is_wrong_is_said(anna: Browser, fields: dict[str, str], words: str) -> None:
    anna.get("/users")
    answer = anna.post("/users", {"password": NEW, "again": NEW, **fields})
    assert answer.status == 400 and words in answer.text
    assert NEW not in answer.text


@pytest.mark.parametrize("change", [{"locked": "yes"}, {"until": "2020-02-29"}], ids=str)
def test_a_locked_or_ended_user_is_out_at_once_and_back_when_it_is_taken_back(
    office: Office, web: Web, anna: Browser, change: dict[str, str]
) -> None:
    add(anna, "Paul")
    paul, number = Browser(web), user_id(office, "Paul")
    paul.log_in("paul", NEW)
    assert anna.post(f"/users/{number}", {"role": "user", **change}).status == 303
    assert paul.get("/messages").header("Location").startswith("/login")
    assert Browser(web).log_in("paul", NEW).status == 403
    assert "locked" in anna.get("/users").text or "until 2020-02-29" in anna.get("/users").text
    anna.post(f"/users/{number}", {"role": "user"})
    assert Browser(web).log_in("paul", NEW).status == 303


def test_the_last_administrator_stays(office: Office, anna: Browser) -> None:
    anna.get("/users")
    answer = anna.post(f"/users/{user_id(office, 'anna')}", {"role": "user"})
    assert answer.status == 400 and "One administrator must be left" in answer.text
    assert anna.get("/users").status == 200


def test_a_forgotten_password_is_set_by_an_administrator(office: Office, web: Web, anna: Browser) -> None:
    add(anna, "Paul")
    paul = Browser(web)
    paul.log_in("paul", NEW)
    anna.get("/users")
    anna.post(f"/users/{user_id(office, 'Paul')}/password", {"password": PASSWORD})
    assert paul.get("/messages").header("Location").startswith("/login")
    assert Browser(web).log_in("paul", PASSWORD).status == 303


def test_a_colleagues_call_is_seen_by_an_administrator_and_written_down_and_its_message_is_not_heard(
    office: Office, web: Web, anna: Browser
) -> None:
    add(anna, "Paul", own="yes")
    message = office.message(1, name="For Paul")
    office.write(
        lambda c: c.execute("UPDATE calls SET mailbox = (SELECT mailbox FROM users WHERE name = 'Paul')").rowcount
    )
    office.write(lambda c: c.execute("UPDATE messages SET mailbox = (SELECT mailbox FROM calls)").rowcount)
    call, recording = office.write(lambda c: tuple(c.execute("SELECT call, recording FROM messages").fetchone()))
    assert anna.get(f"/calls/{call}").status == 200
    told = office.write(lambda c: [tuple(row) for row in c.execute("SELECT who, action, target FROM audit")])
    assert ("user:1", "see call", f"call:{call}") in told
    assert anna.get(f"/recordings/{recording}/audio.wav").status == 404
    assert anna.post(f"/messages/{message}/state", {"state": "heard"}).status == 404


def test_a_message_goes_to_a_colleague_who_then_hears_it(office: Office, web: Web, anna: Browser) -> None:
    add(anna, "Paul", own="yes")
    message = office.message(1, name="For Paul")
    recording = office.write(lambda c: int(c.execute("SELECT recording FROM messages").fetchone()[0]))
    paul = Browser(web)
    paul.log_in("paul", NEW)
    assert paul.get(f"/recordings/{recording}/audio.wav").status == 404
    assert ">Forward<" in anna.get("/messages").text
    anna.post(f"/messages/{message}/forward", {"to": str(user_id(office, "Paul")), "note": "for you"})
    assert "For Paul" not in anna.get("/messages").text
    assert "For Paul" in paul.get("/messages").text and "for you" in paul.get("/messages").text
    assert paul.get(f"/recordings/{recording}/audio.wav").status == 200
    assert anna.get(f"/recordings/{recording}/audio.wav").status == 404
