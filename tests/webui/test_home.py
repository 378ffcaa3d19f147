"""Home, Health, Help, demo: what is going on, what was missed, and what the page says when the box is stopped."""

from __future__ import annotations

import html
import json
import re
import socket
import threading
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from firmware.supervisor.assistant.commands import table
from firmware.supervisor.store import rules
from firmware.supervisor.store.settings_table import store_setting
from tests.webui.conftest import Browser
from tests.webui.office import Office
from tests.webui.test_faxes import leave as leave_fax
from webui.application import routes


def test_a_quiet_office_says_so(anna: Browser) -> None:
    text = anna.get("/").text
    for words in ("All quiet", "No new messages", "Nobody was missed", "Line A", "Handset D", "At work"):
        assert words in text, words


def test_a_live_call_shows_who_where_and_since_when(office: Office, anna: Browser) -> None:
    paul = office.contact("Paul Roy", "+15145550188")
    office.telephone.lines["A"] = "in use"
    office.telephone.calls = [
        {
            "id": 3,
            "direction": "in",
            "line": "A",
            "stage": "recording",
            "started_ms": 1_800_000_000_000,
            "contact": paul,
        }
    ]
    for path in ("/", "/home/now"):
        text = anna.get(path).text
        assert "Paul Roy" in text
        assert "leaving a message" in text
        assert 'data-since="1800000000000"' in text
        assert 'class="lamp busy"' in text


@pytest.mark.parametrize(
    ("caller", "words"),
    [
        ({"number": "+15145550199", "name": "Anna <b>", "reason": None}, "Anna &lt;b&gt; is waiting."),
        ({"number": "+15145550199", "name": None, "reason": None}, "(514) 555-0199 is waiting."),
        ({"number": None, "name": None, "reason": "private"}, "Private number is waiting."),
        ({"number": None, "name": None, "reason": None}, "Unknown caller is waiting."),
    ],
)
def test_a_second_caller_who_waits_is_told_in_a_banner(
    office: Office, anna: Browser, caller: dict[str, str | None], words: str
) -> None:
    call = {"id": 3, "direction": "in", "line": "A", "stage": "talking", "started_ms": 1_800_000_000_000}
    office.telephone.calls = [call | {"waiting": caller}]
    text = anna.get("/home/now").text
    assert words in text
    assert "on Line A" in text
    office.telephone.calls = [call | {"waiting": None}]
    assert "is waiting" not in anna.get("/home/now").text


def test_lines_have_the_name_people_gave_them_else_the_languages(office: Office, anna: Browser) -> None:
    assert "Ligne A" in anna.get("/home/now", accept_language="fr").text
    state = office.telephone.status()
    state["lines"][0]["label"] = "Reception"
    office.telephone.status = lambda: state  # type: ignore[method-assign]
    assert "Reception" in anna.get("/home/now", accept_language="fr").text


def test_missed_callers_are_named_as_people_say_it(office: Office, anna: Browser) -> None:
    paul = office.contact("Paul Roy", "+15145550188")
    for ago in (1, 2):
        office.call(ago, "missed", contact=paul, number_e164="+15145550188", presentation="allowed")
    office.call(3, "missed", presentation="private")
    text = anna.get("/").text
    assert "Paul Roy called twice" in text
    assert "Private number called" in text
    assert text.count('name="number" value="+15145550188"') == 2  # call back, on either handset
    office.call(0.5, "connected", direction="out", number_e164="+15145550188", presentation="allowed")
    assert "Paul Roy called" not in anna.get("/home/day").text


def test_who_asked_to_be_called_back_stands_there_with_number_and_time(office: Office, anna: Browser) -> None:
    asked: dict[str, Any] = {"number_e164": "+15145550188", "presentation": "allowed"}
    half_past_two = 1_772_479_800_000  # 2026-03-02, in the office's own time
    office.call(1, "no message", call_back="+14185550123", call_back_ms=half_past_two, **asked)
    told = anna.get("/").text
    assert "Asks to be called back at (418) 555-0123" in told and "not before" in told
    assert 'name="number" value="+14185550123"' in told and 'name="number" value="+15145550188"' not in told
    french = anna.get("/", accept_language="fr").text
    assert "pas avant" in french
    office.call(0.2, "connected", direction="out", number_e164="+14185550123", presentation="allowed")
    assert "Asks to be called back" not in anna.get("/").text


def test_a_state_that_this_page_does_not_know_is_shown_as_it_came(office: Office, anna: Browser) -> None:
    office.telephone.lines["A"] = "in <hyperspace>"
    assert "in &lt;hyperspace&gt;" in anna.get("/").text


@pytest.mark.parametrize("status", [{}, {"lines": None, "calls": "x"}, {"lines": [1, {}], "calls": [{}, None]}])
def test_a_box_of_another_version_does_not_break_the_page(
    office: Office, anna: Browser, monkeypatch: pytest.MonkeyPatch, status: dict[str, object]
) -> None:
    monkeypatch.setattr(office.telephone, "status", lambda: status)
    assert anna.get("/").status == 200
    assert anna.get("/health").status == 200


def test_a_board_that_does_not_answer_is_said_with_what_to_do(
    office: Office, anna: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = office.telephone.status() | {"in_service": False}
    monkeypatch.setattr(office.telephone, "status", lambda: state)
    text = anna.get("/").text
    assert "The telephone board does not answer." in text
    assert text.count('class="lamp off"') == 4


def test_a_stopped_box_can_be_looked_at_but_not_changed(office: Office, anna: Browser) -> None:
    office.contact("Paul Roy", "+15145550188")
    message = office.message(1, number_e164="+15145550188", presentation="allowed")
    anna.get("/help")
    office.stop()
    for path in ("/", "/messages", "/calls", "/calls/1", "/contacts", "/health", "/calls.csv"):
        answer = anna.get(path)
        assert answer.status == 200, path
        if path != "/calls.csv":
            assert "The box is stopped." in answer.text, path
    assert anna.get("/recordings/1/audio.wav").status == 200
    for path in (f"/messages/{message}/delete", "/contacts/1/delete", "/calls/1/annotate"):
        refused = anna.post(path)
        assert refused.status == 503
        assert "nothing can be changed until it runs again" in refused.text
    again = Browser(office.web())
    assert again.log_in().status == 303  # its owner gets in all the same


def test_a_box_that_never_ran_is_said_and_help_is_there(tmp_path: Path) -> None:
    browser = Browser(Office(tmp_path / "empty").web())
    for path in ("/", "/login", "/first-visit"):
        answer = browser.get(path)
        assert answer.status == 503
        assert "The call log cannot be read." in answer.text
    assert browser.get("/help").status == 200


def test_health_puts_the_worst_first_with_its_remedy(office: Office, anna: Browser) -> None:
    health = anna.get("/health").text
    assert "All is well." in health
    assert "<dt>Round trip, ms</dt><dd>41.5</dd>" in health
    office.telephone.faults = [
        {"name": "Line B", "state": "fault", "text": "There is no voltage.", "remedy": "Look at the plug <b>."},
        {"name": "Disk", "state": "warn", "text": "200 MB are free.", "remedy": "Delete old messages."},
    ]
    text = anna.get("/health").text
    assert "Something is wrong" in text
    assert "Look at the plug &lt;b&gt;." in text
    assert text.index("There is no voltage") < text.index("200 MB") < text.index("The HAT answers")
    assert "12,345" in text
    assert "Round trip, ms" in text


def test_the_demo_form_is_there_only_with_a_board_and_says_what_it_answered(office: Office, tmp_path: Path) -> None:
    plain = Browser(office.web())
    plain.log_in()
    assert "/demo" not in plain.get("/").text
    assert plain.post("/demo", {"sentence": "lift C"}).status == 404

    path = tmp_path / "b.sock"
    heard: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as board:
        board.bind(str(path))
        board.listen()

        def answer() -> None:
            connection, _ = board.accept()
            with connection, connection.makefile("rwb") as line:
                heard.append(line.readline().decode())
                line.write(json.dumps({"ok": True, "text": "calling <b>"}).encode() + b"\n")
                line.flush()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        browser = Browser(office.web(board=path))
        browser.log_in()
        assert 'action="/demo"' in browser.get("/").text
        said = browser.post("/demo", {"sentence": "call from +15145550123\nsaying x.wav"}).text
        thread.join(5)
    assert heard == ["call from +15145550123 saying x.wav\n"]
    assert "calling &lt;b&gt;" in said
    path.unlink()
    assert "The virtual board does not answer." in browser.post("/demo", {"sentence": "lift C"}).text


def test_the_page_speaks_french(office: Office, anna: Browser) -> None:
    office.message(0.2, number_e164="+15145550188", presentation="allowed")
    assert "Nouveaux messages" in anna.get("/", accept_language="fr-CA,fr;q=0.9,en;q=0.5").text
    assert "New messages" in anna.get("/", accept_language="de,en;q=0.5").text
    anna.post("/account/language", {"language": "fr"})
    text = anna.get("/", accept_language="en").text
    assert '<html lang="fr">' in text
    assert "il y a" in text


def test_every_get_page_renders_in_both_languages(office: Office, anna: Browser) -> None:
    leave_fax(office)
    office.contact("Paul Roy", "+15145550188")
    office.message(1, number_e164="+15145550188", presentation="allowed")
    for language in ("en", "fr"):
        for route in routes():
            if route.method == "GET" and route.path not in ("/events", "/static/<mark>/<name>", "/favicon.ico"):
                answer = anna.get(re.sub("<[^>]+>", "1", route.path), accept_language=language)
                assert answer.status in (200, 303), route.path


def test_a_page_that_is_not_there_looks_like_ours(anna: Browser) -> None:
    answer = anna.get("/nothing/here")
    assert answer.status == 404
    assert "There is no such page." in answer.text
    assert anna.get("/calls/0123456789012345678901234567890").status == 404


def test_a_fault_of_ours_is_a_page_without_its_insides(
    office: Office, anna: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webui.pages.help.TOPICS", ("no such topic",))
    answer = anna.get("/help")
    assert answer.status == 500
    assert "That did not work." in answer.text
    assert "no such topic" not in answer.text
    assert "Traceback" not in answer.text


def test_the_status_is_what_the_rules_say_until_somebody_sets_one(office: Office, anna: Browser) -> None:
    text = anna.get("/").text
    assert "At work" in text and "there is no week to go by" in text
    trip = {"kind": "event", "name": "Trip", "status": "trip", "day": "2026-01-01", "every": "day", "hours": 24}
    office.write(rules.add, trip)
    assert "the schedule says Trip: On a trip" in anna.get("/").text
    office.write(store_setting, "status", "out", by="user:1", now_ms=1)
    text = anna.get("/").text
    assert "a person has set the status: Out" in text and "On a trip" not in text
    office.write(store_setting, "status_until", "2026-01-01T15:00", by="user:1", now_ms=1)
    assert "On a trip" in anna.get("/").text


@pytest.mark.parametrize(
    ("language", "does"),
    [("en", "send the message, as hanging up does"), ("fr", "envoyer le message, comme en raccrochant")],
)
def test_help_shows_the_keys_that_a_dialog_of_today_answers_to_and_no_others(
    anna: Browser, language: str, does: str
) -> None:
    page = unescape(anna.get("/help", accept_language=language).text)
    assert re.findall("<h3>(.*?)</h3>", page) == [menu.title[language] for menu in table().menus.values() if menu.built]
    assert f"<dt>#</dt><dd>{does}</dd>" in page


def test_every_page_tells_what_calls_for_attention(office: Office, anna: Browser) -> None:
    """Counts in the menu and the title, a call that comes in, a fault with its remedy, Health marked."""
    assert 'data-count="0"' in anna.get("/help").text
    office.message(0.1)
    office.call(0.2, "missed", number_e164="+15145550177", number_raw="5145550177")
    office.telephone.faults = [
        {"name": "Disk", "state": "fault", "text": "The disk is full.", "remedy": "Delete old messages."},
        {"name": "Fax", "state": "warn", "text": "The fax is slow.", "remedy": ""},
    ]
    live = {"direction": "in", "line": "A", "stage": "ringing", "started_ms": 1, "presentation": "allowed"}
    office.telephone.calls = [
        {"id": 7, **live, "name": "Ringing Ray"},
        {"id": 8, **live, "stage": "greeting", "name": "Answered Ann"},
    ]
    for path in ("/help", "/calls", "/attention"):
        text = html.unescape(anna.get(path).text)
        assert "Ringing Ray is calling." in text, path
        assert "Answered Ann" not in text, path
        assert "Disk: The disk is full." in text and "Delete old messages." in text, path
        assert "The fax is slow." not in text, path
        marks = dict(re.findall(r'id="mark-(\w+)" class="mark ?(\w*)"', text))
        assert marks == {"home": "", "messages": "", "health": "wrong", "more": "wrong"}, path
        assert re.findall(r'id="mark-(?:messages|home)"[^>]*data-count="(\d)"', text) == ["1", "1"], path
    assert "<title>(1) Calls · Frontdesk</title>" in anna.get("/calls").text


def test_the_frame_stands_while_the_box_is_stopped(office: Office, anna: Browser) -> None:
    office.message(0.1)
    office.stop()
    assert "<title>(1) Help · Frontdesk</title>" in anna.get("/help").text
    office.start()
