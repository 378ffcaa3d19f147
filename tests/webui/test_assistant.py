"""My assistant: status, week, rules and a call tried out, as people see them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from firmware.supervisor.store import rules
from firmware.supervisor.store.settings_table import store_setting, stored_settings
from tests.webui.conftest import Browser
from tests.webui.office import Office

HOURS = [("kind", "hours"), ("status", "working"), ("days", "mon"), ("days", "tue"), ("begins", "09:00"),
         ("ends", "17:00")]  # fmt: skip


def add(anna: Browser, *fields: tuple[str, str]) -> Any:
    anna.get("/assistant")
    return anna.post("/assistant/rules", fields)


def test_an_office_without_rules_is_told_what_to_do_first(anna: Browser) -> None:
    text = anna.get("/assistant").text
    for words in ("No rules yet", "At work", "there is no week to go by", "The next seven days"):
        assert words in text, words
    assert text.count('<rect class="s-working"') == 7
    assert "Pas encore de règles" in anna.get("/assistant", accept_language="fr").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (HOURS, "Monday, Tuesday, 09:00 to 17:00: At work"),
        ([("kind", "event"), ("name", "Labour Day"), ("status", "after hours"), ("day", "2026-09-07"), ("days", "1"),
          ("every", "year"), ("by_weekday", "yes")],
         "Labour Day, 2026-09-07 00:00, 24 h, every year by weekday: After hours"),
        ([("kind", "policy"), ("status", "meeting"), ("admits", "contact")], "In a meeting: reached by contacts"),
        ([("kind", "policy"), ("status", "working")], "At work: reached by nobody"),
        ([("kind", "block"), ("number", "(514) 555-0188")], "Blocked: +15145550188"),
        ([("kind", "block"), ("spam", "yes"), ("withheld", "yes")],
         "Blocked: marked as spam + callers who keep their number back"),
        ([("kind", "allow"), ("number", "+1514 555*"), ("name", "Roy")], "Allowed: +1514555* + “Roy”"),
        ([("kind", "line"), ("line", "B")], "line B takes messages only"),
    ],
)  # fmt: skip
def test_a_rule_is_added_shown_removed_and_taken_back(
    office: Office, anna: Browser, fields: list[tuple[str, str]], words: str
) -> None:
    assert add(anna, *fields).header("Location") == "/assistant"
    assert words in unescape(anna.get("/assistant").text)
    (row,) = office.write(rules.kept)
    place = anna.post(f"/assistant/rules/{row}/remove").header("Location")
    text = anna.get(place).text
    assert "Rule removed." in text and f'id="rule-{row}"' not in text
    again = unescape(re.findall(r'action="(/assistant/rules/again[^"]+)"', text)[0])
    assert anna.post(again).header("Location") == "/assistant"
    assert words in unescape(anna.get("/assistant").text)


def test_a_rule_that_contradicts_another_is_refused_with_the_reason(office: Office, anna: Browser) -> None:
    add(anna, *HOURS)
    answer = add(anna, *HOURS[:-1], ("ends", "12:00"))
    assert answer.status == 400
    assert "rule 2 (hours): days: overlaps the hours of an earlier rule" in answer.text
    assert add(anna, ("kind", "block"), ("number", "12")).status == 400
    assert len(office.write(rules.kept)) == 1


def test_a_group_names_its_contacts_and_can_be_admitted(office: Office, anna: Browser) -> None:
    paul = office.contact("Paul <b>Roy", "+15145550188")
    add(anna, ("kind", "group"), ("name", "vip"), ("contacts", str(paul)))
    add(anna, ("kind", "policy"), ("status", "out"), ("admits", "vip"))
    text = anna.get("/assistant").text
    assert "Group vip: Paul &lt;b&gt;Roy" in text and "Out: reached by vip" in text


def test_a_status_is_set_for_a_time_and_given_back_to_the_rules(office: Office, anna: Browser) -> None:
    anna.get("/assistant")
    anna.post("/assistant/status", {"status": "meeting", "until": "2099-12-31T15:00"})
    assert "a person has set the status until 2099-12-31 15:00: In a meeting" in anna.get("/").text
    anna.post("/assistant/status", {"status": "automatic", "until": "2099-12-31T15:00"})
    stored = office.write(stored_settings)
    assert (stored["status"], stored["status_until"]) == ("automatic", "")
    assert anna.post("/assistant/status", {"status": "out", "until": "soon"}).status == 400


def test_a_call_is_tried_out_before_it_comes(office: Office, anna: Browser) -> None:
    office.contact("Paul Roy", "+15145550123")
    add(anna, *HOURS)
    add(anna, ("kind", "policy"), ("status", "after hours"), ("admits", "contact"))
    monday = "/assistant?line=A&at=2026-03-02T18%3A00"
    text = unescape(anna.get(monday + "&number=514+555+0188").text)
    for words in (
        "The box answers at once and takes a message",
        "the week says nothing else: After hours",
        "the caller is no contact",
        "After hours, and this caller is to reach nobody",
    ):
        assert words in text, words
    text = unescape(anna.get(monday + "&number=514+555+0123").text)
    assert "The line rings" in text and "the number is a contact's: Paul Roy" in text
    assert (text.count('<rect class="o-reach"'), text.count('<rect class="o-message"')) == (2, 5)  # Mon, Tue; the rest
    assert "the caller keeps the number back" in anna.get(monday + "&withheld=yes").text
    assert "expected a local time" in anna.get("/assistant?at=tomorrow&line=A").text


def test_who_called_is_blocked_from_the_call_and_freed_again(office: Office, anna: Browser) -> None:
    call = office.call(1, number_e164="+15145550188", number_raw="5145550188", presentation="allowed")
    assert "Block this caller" in anna.get(f"/calls/{call}").text
    place = anna.post(f"/calls/{call}/block").header("Location")
    text = anna.get(place).text
    assert "turned away from now on" in text and "Block this caller" not in text
    assert list(office.write(rules.kept).values()) == [{"kind": "block", "number": "+15145550188"}]
    (undo,) = re.findall(r'action="(/assistant/rules/[0-9]+/remove)"', text)
    assert anna.post(undo, {"back": f"/calls/{call}"}).header("Location") == f"/calls/{call}"
    assert office.write(rules.kept) == {}
    placed = office.call(1, direction="out", number_e164="+15145550188", number_raw="5145550188")
    assert "Block this caller" not in anna.get(f"/calls/{placed}").text


@pytest.mark.parametrize("rule", ["", "{", "7", '{"kind": "telepathy"}'])
def test_nothing_but_a_rule_is_taken_back(office: Office, anna: Browser, rule: str) -> None:
    anna.get("/assistant")
    assert anna.post(f"/assistant/rules/again?rule={rule}").status in (400, 404)
    assert office.write(rules.kept) == {}


def test_the_page_says_where_one_is_looked_for(office: Office, anna: Browser) -> None:
    told = anna.get("/assistant").text
    assert "Handset C, Handset D" in told and "every caller may say" in told and "No mobile is set." in told
    for key, value in (
        ("reach.mobile", "514 555 0177"),
        ("reach.order", "in order"),
        ("reach.important", "contacts"),
        ("handsets.D.do_not_disturb", True),
    ):
        office.write(store_setting, key, value, by="test", now_ms=0)
    told = unescape(anna.get("/assistant").text)
    for words in ("contacts may say", "and after them", "514 555 0177", "Handset D is not to be disturbed."):
        assert words in told, words
    assert "Handset C, Handset D" not in told
    assert "Où l'on vous cherche" in unescape(anna.get("/assistant", accept_language="fr").text)
