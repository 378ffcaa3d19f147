"""Messages: one state everywhere, undo, search."""

from __future__ import annotations

import re
from typing import Any

import pytest

from firmware.supervisor.store import messages
from tests.webui.conftest import Browser
from tests.webui.office import Office
from webui.reply import see_other

PAUL: dict[str, Any] = {
    "number_e164": "+15145550188",
    "number_raw": "5145550188",
    "name": "ROY PAUL",
    "presentation": "allowed",
}


def _state(office: Office, message: int) -> str:
    return office.write(lambda c: str(c.execute("SELECT state FROM messages WHERE id = ?", (message,)).fetchone()[0]))


def test_an_empty_page_says_what_will_be_here(anna: Browser) -> None:
    text = anna.get("/messages").text
    assert "No messages yet" in text
    assert "When a caller leaves a message you can hear it here" in text


def test_a_message_shows_who_when_how_long_and_can_be_heard(office: Office, anna: Browser) -> None:
    office.message(0.2, seconds=24, important=True, **PAUL)
    text = anna.get("/messages").text
    assert "ROY PAUL" in text
    assert "(514) 555-0188" in text
    assert "11 min ago" in text or "12 min ago" in text
    assert "Important" in text
    assert 'src="/recordings/1/audio.wav"' in text
    assert "0:24" in text
    assert text.count('class="wave"') == 1


def test_a_draft_is_shown_as_one_and_found_by_its_words(office: Office, anna: Browser) -> None:
    message = office.message(0.2, **PAUL)
    assert "made by the box" not in anna.get("/messages").text
    office.write(lambda c: messages.drafted(c, message, "Call me about <the> invoice."))
    text = anna.get("/messages?q=INVOICE").text
    assert "Draft, made by the box" in text
    assert "Call me about &lt;the&gt; invoice." in text
    assert "ROY PAUL" not in anna.get("/messages?q=holiday").text


def test_an_important_new_message_comes_before_a_newer_one(office: Office, anna: Browser) -> None:
    old = office.message(5, important=True, **PAUL)
    new = office.message(1, **PAUL)
    ids = [int(found) for found in re.findall(r'id="message-(\d+)"', anna.get("/messages").text)]
    assert ids == [old, new]


@pytest.mark.parametrize("state", ["heard", "saved", "new"])
def test_marking_goes_to_the_box_and_back_to_the_page_it_came_from(office: Office, anna: Browser, state: str) -> None:
    message = office.message(1)
    answer = anna.post(f"/messages/{message}/state", {"state": state, "back": "/messages?show=new"})
    assert (answer.status, answer.header("Location")) == (303, "/messages?show=new")
    assert _state(office, message) == state


def test_a_state_that_is_none_is_refused(office: Office, anna: Browser) -> None:
    message = office.message(1)
    assert anna.post(f"/messages/{message}/state", {"state": "deleted"}).status == 400
    assert _state(office, message) == "new"


def test_delete_is_done_at_once_and_undo_gives_back_the_state_before(office: Office, anna: Browser) -> None:
    message = office.message(1)
    anna.post(f"/messages/{message}/state", {"state": "saved"})
    answer = anna.post(f"/messages/{message}/delete", {"back": "/messages?q=roy"})
    page = anna.get(answer.header("Location")).text
    assert "Message deleted." in page
    assert f'action="/messages/{message}/restore"' in page
    assert f'id="message-{message}"' not in page
    assert _state(office, message) == "deleted"
    assert f'id="message-{message}"' in anna.get("/messages?show=deleted").text
    anna.post(f"/messages/{message}/restore", {"back": "/messages"})
    assert _state(office, message) == "saved"


def test_search_finds_by_name_number_and_client(office: Office, anna: Browser) -> None:
    eric = office.contact("Éric Gagnon", "+15145550177")
    office.message(1, contact=eric, number_e164="+15145550177", number_raw="5145550177", client="Gagnon SA")
    office.message(2, **PAUL)
    for text in ("eric", "ÉRIC", "0177", "514-555-0177", "gagnon sa"):
        page = anna.get(f"/messages?q={text}").text
        assert 'id="message-1"' in page, text
        assert 'id="message-2"' not in page, text
    assert "No message matches “zzz”" in anna.get("/messages?q=zzz").text


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/x", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_the_way_back_never_leaves_the_box(office: Office, anna: Browser, back: str) -> None:
    message = office.message(1)
    place = anna.post(f"/messages/{message}/state", {"state": "heard", "back": back}).header("Location")
    assert place.startswith("/")
    assert not place.startswith("//")
    assert "\\" not in place


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil", "/a\r\nX: 1", "", "calls"])
def test_a_redirect_goes_to_our_own_pages_only(place: str) -> None:
    assert see_other(place).headers == [("Location", "/")]


def test_a_message_that_is_not_there_is_said_so(anna: Browser) -> None:
    for path in ("/messages/77/delete", "/messages/x/delete", "/messages/99999999999999999999/restore"):
        answer = anna.post(path)
        assert answer.status == 404
        assert "There is no such page" in answer.text


def test_many_messages_come_in_pages(office: Office, anna: Browser) -> None:
    for n in range(25):
        office.message(1 + n, seconds=1)
    assert "Page 1 of 2" in anna.get("/messages").text
    second = anna.get("/messages?page=2").text
    assert second.count("<article") == 5
    assert anna.get("/messages?page=999").text.count("<article") == 5
