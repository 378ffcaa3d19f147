"""The Time page: drafts of calls, edited in place, split, warned of, exported, downloaded."""

from __future__ import annotations

import csv
import io
import re
import time
from typing import Any

import pytest
from pypdf import PdfReader

from firmware.control_client import ControlClient
from tests.webui import ledes_reader
from tests.webui.conftest import Browser
from tests.webui.office import Office

ALL = "period=all&show=all"
ROY: dict[str, Any] = {"number_e164": "+15145550188", "number_raw": "5145550188", "name": "ROY PAUL"}
EDIT = {"client": "Roy", "matter": "lease", "hours": "0,3", "rate": "250.00", "activity": "A107", "note": "The lease.",
        "billable": "1", "back": "/time?period=all"}  # fmt: skip


@pytest.fixture
def drafted(office: Office, anna: Browser) -> Browser:
    """Three calls with talk and one without, drafted by tenths of an hour."""
    admin = ControlClient(office.home / "run" / "control.sock", {"name": "test", "role": "admin", "via": "web"})
    for key, value in {"billing.increment_s": 360, "billing.rate": 200.0, "billing.firm_id": "98-1"}.items():
        admin.request("settings.set", {"key": key, "value": value})
    office.call(3, talk_s=100, client="Roy", matter="will", port="C", **ROY)
    office.call(2, talk_s=400, client="Roy", **ROY)
    office.call(1, talk_s=50)
    office.call(0.5, "missed", talk_s=0, **ROY)
    anna.get("/time?period=all")
    answer = anna.post("/time/draft", {"period": "all"})
    assert answer.header("Location") == "/time?period=all"
    return anna


def shown(text: str) -> list[int]:
    return [int(found) for found in re.findall(r'<li class="row time-entry" id="time-(\d+)"', text)]


def rows(browser: Browser, query: str = ALL) -> list[dict[str, str]]:
    data = browser.get(f"/time.csv?{query}").body.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(data, newline="")))


def test_an_empty_page_says_what_to_do_first_and_how_many_calls_wait(office: Office, anna: Browser) -> None:
    assert "No time entries here" in anna.get("/time?period=all").text
    office.call(1, talk_s=50)
    assert "Make a draft of 1 call" in anna.get("/time?period=all").text


def test_drafts_stand_with_hours_client_and_their_call_as_proof(drafted: Browser) -> None:
    text = drafted.get("/time?period=all").text
    assert shown(text) == [1, 2, 3]
    assert "0.4 h billed" in text and "Make drafts" not in text
    assert 'href="/calls/1"' in text and "× 200.00 CAD" in text and "Without a matter" in text
    assert shown(drafted.get("/time?period=all&show=unmatched").text) == [2, 3]
    assert shown(drafted.get("/time?period=all&client=Roy").text) == [1, 2]
    assert shown(drafted.get("/time?since=2000-01-01&until=2000-01-02").text) == []


def test_edited_in_place_by_a_comma_or_a_point(drafted: Browser) -> None:
    assert drafted.post("/time/1/edit", EDIT).header("Location") == "/time?period=all"
    drafted.post("/time/2/edit", {**EDIT, "hours": "0.25", "billable": ""})
    first, second, _ = rows(drafted)
    assert (first["client"], first["matter"], first["billed_s"], first["amount"]) == ("Roy", "lease", "1080", "75.00")
    assert (second["hours"], second["non_billable"], second["note"]) == ("0.2500", "yes", "The lease.")


@pytest.mark.parametrize("hours", ["", "x", "-1", "25", "NaN", "1e99"])
def test_hours_that_are_none_change_nothing_and_are_said(drafted: Browser, hours: str) -> None:
    before = rows(drafted)
    place = drafted.post("/time/1/edit", {**EDIT, "hours": hours}).header("Location")
    if hours:
        assert "Hours are a number" in drafted.get(place).text
        assert rows(drafted) == before
    else:
        assert rows(drafted)[0]["billed_s"] == "0"


def test_a_call_split_over_matters_adds_up(drafted: Browser) -> None:
    parts = "2; Roy; lease\n1; Tremblay; will\n"
    drafted.post("/time/2/split", {"parts": parts, "back": "/time?period=all"})
    of_call = [(row["client"], row["matter"], row["billed_s"]) for row in rows(drafted) if row["call"] == "2"]
    assert of_call == [("Roy", "lease", "360"), ("Tremblay", "will", "360")]
    place = drafted.post("/time/1/split", {"parts": "all; Roy", "back": "/time"}).header("Location")
    assert "there are at least two" in drafted.get(place).text


def test_a_call_by_hand_that_the_box_has_too_is_warned_of(drafted: Browser) -> None:
    then = time.localtime(time.time() - 3 * 3600)
    given = {"day": time.strftime("%Y-%m-%d", then), "at": time.strftime("%H:%M", then), "minutes": "7"}
    drafted.post("/time/add", {**given, "name": "Paul", "number": "514 555 0188", "back": "/time?period=all"})
    text = drafted.get("/time?period=all").text
    assert len(shown(text)) == 4 and text.count("looks like another entry") == 2
    place = drafted.post("/time/add", {**given, "at": "25:00", "back": "/time"}).header("Location")
    assert "A day, a time" in drafted.get(place).text


def test_removed_with_an_undo(drafted: Browser) -> None:
    place = drafted.post("/time/1/remove", {"back": "/time?period=all"}).header("Location")
    text = drafted.get(place).text
    assert shown(text) == [2, 3] and 'action="/time/1/restore"' in text
    drafted.post("/time/1/restore", {"back": "/time"})
    assert shown(drafted.get("/time?period=all").text) == [1, 2, 3]


def test_an_export_is_frozen_and_its_files_can_be_fetched_again(drafted: Browser) -> None:
    place = drafted.post("/time/export", {"period": "all"}).header("Location")
    assert place == "/time?export=1"
    text = drafted.get(place).text
    assert shown(text) == [1, 2] and "/time-ledes.txt?export=1" in text, "what is for nobody stays"
    assert drafted.post("/time/1/edit", EDIT).status == 409
    for _ in range(2):
        records, faults = ledes_reader.read(drafted.get("/time-ledes.txt?export=1").body)
        assert faults == [] and [record["LINE_ITEM_TOTAL"] for record in records] == ["40.00", "20.00"]
    clio = drafted.get("/time-clio.csv?export=1").text.splitlines()
    assert clio[0].startswith('\ufeff"matter","date","activity_description"') and len(clio) == 3
    assert (
        "There is nothing to export"
        in drafted.get(drafted.post("/time/export", {"period": "all"}).header("Location")).text
    )
    drafted.post("/time/1/reopen", {"back": "/time"})
    assert drafted.post("/time/1/edit", EDIT).status == 303


def test_a_file_that_cannot_be_made_says_which_entry_is_why(drafted: Browser) -> None:
    drafted.post("/time/1/edit", {**EDIT, "matter": "a matter of 21 letter"})
    drafted.post("/time/export", {"period": "all"})
    answer = drafted.get("/time-ledes.txt?export=1")
    assert answer.status == 409 and "LAW_FIRM_MATTER_ID" in answer.text and "time entry 1" in answer.text


def test_a_statement_is_of_one_client_in_the_reader_s_language(drafted: Browser) -> None:
    assert drafted.get(f"/time.pdf?{ALL}").header("Location") == "/time"
    answer = drafted.get(f"/time.pdf?{ALL}&client=Roy", ACCEPT_LANGUAGE="fr")
    assert answer.header("Content-Type") == "application/pdf"
    text = PdfReader(io.BytesIO(answer.body)).pages[0].extract_text()
    assert "Relevé · Roy" in text and "Dossier will" in text and "60,00 CAD" in text


def test_the_page_is_french_for_who_reads_french(drafted: Browser) -> None:
    text = drafted.get("/time?period=all", ACCEPT_LANGUAGE="fr").text
    assert "0,4 h facturées" in text and "Sans dossier" in text and "L'appel" in text.replace("&#039;", "'")
