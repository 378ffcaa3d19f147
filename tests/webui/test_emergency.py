"""An emergency call stands on every page until somebody acknowledges it; the drill and the address stand on Health."""

from __future__ import annotations

import csv
import html
from typing import Any

import pytest

from firmware.supervisor.store import emergencies
from tests.webui.conftest import Browser
from tests.webui.office import Office
from webui.web import Web

PAGES = (
    "/",
    "/messages",
    "/calls",
    "/contacts",
    "/health",
    "/help",
    "/account",
    "/more",
    "/calls/999",
    "/attention",
)
EMERGENCY: dict[str, Any] = {
    "direction": "out",
    "number_raw": "911",
    "port": "C",
    "emergency": True,
    "placed": "handset",
}
BANNER = "Emergency: 911 was dialled on handset C."


def shown(browser: Browser, path: str) -> str:
    return html.unescape(browser.get(path).text)


def audit(office: Office) -> list[tuple[str, str, str]]:
    return office.write(
        lambda c: [tuple(row) for row in c.execute("SELECT who, action, target FROM audit WHERE action LIKE '%emerg%'")]
    )


def test_every_page_says_it_until_somebody_has_seen_it(office: Office, anna: Browser) -> None:
    assert BANNER not in shown(anna, "/")
    call = office.call(0.1, **EMERGENCY)
    for path in PAGES:
        assert BANNER in shown(anna, path), path
    assert "nobody has seen it yet" in shown(anna, f"/calls/{call}")
    answer = anna.post(f"/emergency/{call}/seen", {"back": "/calls?period=week"})
    assert (answer.status, answer.header("Location")) == (303, "/calls?period=week")
    for path in PAGES:
        assert BANNER not in shown(anna, path), path
    assert "seen by anna" in shown(anna, f"/calls/{call}")
    assert audit(office) == [("user:1", "acknowledge emergency", f"call:{call}")]


def test_it_is_kept_over_a_restart(office: Office, anna: Browser) -> None:
    office.call(0.1, **EMERGENCY)
    office.stop()
    assert BANNER in shown(anna, "/")
    office.start()
    assert BANNER in shown(anna, "/")


def test_an_older_one_that_was_seen_is_seen_whoever_says_it_again(office: Office, anna: Browser) -> None:
    call = office.call(0.1, **EMERGENCY)
    office.write(emergencies.acknowledge, call, "handset:D", 1)
    assert anna.post(f"/emergency/{call}/seen", {"back": "/"}).status == 303
    assert "seen by Handset D" in shown(anna, f"/calls/{call}")
    assert audit(office) == [("handset:D", "acknowledge emergency", f"call:{call}")]


def test_no_other_call_is_acknowledged_and_nobody_without_a_login_sees_it(
    office: Office, web: Web, anna: Browser
) -> None:
    call = office.call(0.1)
    assert anna.post(f"/emergency/{call}/seen", {"back": "/"}).status == 404
    office.call(0.1, **EMERGENCY)
    stranger = Browser(web)
    assert BANNER not in shown(stranger, "/help")
    assert stranger.post(f"/emergency/{call + 1}/seen", {"back": "/"}, token="x").status == 303  # to the log-in
    assert BANNER in shown(anna, "/")


@pytest.mark.parametrize(
    ("columns", "outcome", "english", "french"),
    [
        ({}, "failed", "and no line could be taken.", "et aucune ligne n'a pu être prise."),
        ({"drill": True}, "cancelled", "Drill: 911 was dialled on handset C.", "Exercice : le 911 a été composé"),
    ],
)
def test_what_became_of_it_is_said(
    office: Office, anna: Browser, columns: dict[str, Any], outcome: str, english: str, french: str
) -> None:
    office.call(0.1, outcome, **EMERGENCY, **columns)
    assert english in shown(anna, "/attention")
    assert french in html.unescape(anna.get("/attention", accept_language="fr").text)


def test_list_page_and_csv_tell_an_emergency_from_a_drill(office: Office, anna: Browser) -> None:
    real, drill = office.call(0.2, **EMERGENCY), office.call(0.1, **EMERGENCY, drill=True)
    rows = shown(anna, "/calls")
    assert rows.count('<span class="pill fault">Emergency</span>') == 1
    assert rows.count('<span class="pill warn">Drill</span>') == 1
    assert '<span class="pill fault">Emergency</span>' in shown(anna, f"/calls/{real}")
    assert '<span class="pill warn">Drill</span>' in shown(anna, f"/calls/{drill}")
    lines = anna.get("/calls.csv").body.decode("utf-8-sig").splitlines()
    assert [row["emergency"] for row in csv.DictReader(lines)] == ["yes", "drill"]


def test_health_has_the_address_and_the_last_drill(office: Office, anna: Browser) -> None:
    text = shown(anna, "/health")
    assert "Not written down." in text
    assert "None yet" in text
    anna.post("/emergency/address", {"address": "12 rue Saint-Paul, Montréal"})
    call = office.call(0.1, "cancelled", **EMERGENCY, drill=True)
    text = shown(anna, "/health")
    assert "<dd>12 rue Saint-Paul, Montréal</dd>" in text
    assert f'<a href="/calls/{call}">' in text
    assert "6 min ago" in text and "nobody has seen it yet" in text


def test_a_drill_is_begun_on_health_by_an_admin(office: Office, web: Web, anna: Browser) -> None:
    assert anna.post("/emergency/drill", {"handset": "D"}).header("Location") == "/health?drill=D"
    assert office.telephone.drilled == ["D"]
    assert "A drill: handset D is ringing. Lift it." in shown(anna, "/health?drill=D")
    assert anna.post("/emergency/drill", {"handset": "X"}).status == 400
    office.user("luc", "user")
    luc = Browser(web)
    luc.log_in("luc")
    assert luc.post("/emergency/drill", {"handset": "C"}).status == 403
    assert office.telephone.drilled == ["D"]
