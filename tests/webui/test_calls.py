"""Calls: filter, totals, sorting, paging, client and matter, one call, the CSV."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from firmware.supervisor.store import calls
from tests.webui.conftest import Browser
from tests.webui.office import Office
from tools import peers
from webui.call_csv import COLUMNS, guarded

CALC = "libreoffice-calc"
ROOT = Path(__file__).parents[2]
PAUL: dict[str, Any] = {
    "number_e164": "+15145550188",
    "number_raw": "5145550188",
    "name": "ROY PAUL",
    "presentation": "allowed",
}


def _ids(text: str) -> list[int]:
    return [int(found) for found in re.findall(r'<tr role="row" id="call-(\d+)"', text)]


def _rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_an_empty_log_says_what_will_be_here(anna: Browser) -> None:
    text = anna.get("/calls").text
    assert "No calls yet" in text
    assert "0 calls" in text


def test_filters_narrow_and_totals_are_of_all_that_is_filtered(office: Office, anna: Browser) -> None:
    office.call(1, talk_s=100, **PAUL)
    office.call(30, "busy", talk_s=0, direction="out", line="B", number_e164="+14185550142")
    office.call(24 * 20, talk_s=50.5, client="Roy", **PAUL)
    page = anna.get("/calls").text
    assert _ids(page) == [1, 2, 3]
    assert "3 calls" in page
    assert "talked 2 min 30 s" in page
    assert "billable 2 min 31 s" in page
    assert "with Frontdesk 0 s" in page
    assert "Talked: two people with each other" in page
    assert _ids(anna.get("/calls?period=week").text) == [1, 2]
    assert _ids(anna.get("/calls?direction=out").text) == [2]
    assert _ids(anna.get("/calls?outcome=busy").text) == [2]
    assert _ids(anna.get("/calls?line=B").text) == [2]
    assert _ids(anna.get("/calls?client=Roy").text) == [3]
    assert _ids(anna.get("/calls?q=roy+paul").text) == [1, 3]
    narrowed = anna.get("/calls?q=0188&period=week").text
    assert _ids(narrowed) == [1]
    assert "1 call<" in narrowed


def test_dates_from_and_until_are_whole_local_days(office: Office, anna: Browser) -> None:
    office.call(0.01)
    office.call(24)
    office.call(48)
    days = [time.strftime("%Y-%m-%d", time.localtime(time.time() - 86400 * n)) for n in range(3)]
    assert _ids(anna.get(f"/calls?period=dates&since={days[1]}&until={days[1]}").text) == [2]
    assert _ids(anna.get(f"/calls?period=dates&since={days[1]}").text) == [1, 2]
    assert _ids(anna.get(f"/calls?period=dates&until={days[1]}").text) == [2, 3]
    for period in ("", "all", "today"):  # a date that is filled in counts, whatever stands beside it
        assert _ids(anna.get(f"/calls?period={period}&since={days[1]}&until={days[1]}").text) == [2]
        lines = anna.get(f"/calls.csv?period={period}&until={days[1]}").text.splitlines()
        assert len(lines) == 3
    assert "From is after Until" in anna.get(f"/calls?since={days[0]}&until={days[1]}").text
    assert len(_ids(anna.get("/calls?period=dates&since=yesterday&until=9999-99-99").text)) == 3


def test_every_column_sorts_both_ways(office: Office, anna: Browser) -> None:
    for n, (name, talk) in enumerate([("Bea", 5.0), ("adam", 300.0), ("Zoe", 60.0)]):
        office.call(1 + n, talk_s=talk, name=name, number_e164=f"+1514555010{n}", presentation="allowed")
    assert _ids(anna.get("/calls?sort=name&way=up").text) == [2, 1, 3]
    assert _ids(anna.get("/calls?sort=name").text) == [3, 1, 2]
    assert _ids(anna.get("/calls?sort=talk&way=up").text) == [1, 3, 2]
    assert 'aria-sort="ascending"><a href="/calls?sort=talk"' in anna.get("/calls?sort=talk&way=up").text
    assert _ids(anna.get("/calls?sort=started; DROP TABLE calls").text) == [1, 2, 3]


def test_client_and_matter_are_corrected_in_the_row(office: Office, anna: Browser) -> None:
    office.call(1, **PAUL)
    answer = anna.post("/calls/1/annotate", {"client": "Roy", "matter": "2026-014", "back": "/calls?page=2"})
    assert answer.header("Location") == "/calls?page=2"
    assert "Roy · 2026-014" in anna.get("/calls").text
    assert anna.post("/calls/99/annotate", {"client": "x", "matter": ""}).status == 404


def test_paging_over_a_hundred_thousand_rows(office: Office, anna: Browser) -> None:
    office.many_calls(100_000)
    first = anna.get("/calls").text
    assert "100,000 calls" in first
    assert "Page 1 of 2,000" in first
    assert _ids(first) == list(range(1, 51))
    assert _ids(anna.get("/calls?page=2000").text) == list(range(99_951, 100_001))
    assert len(_ids(anna.get("/calls?page=1000&sort=name&q=Client+3").text)) > 0
    rows = _rows(anna.get("/calls.csv?client=Client+5").body)
    assert len(rows) == int(re.findall(r"([\d,]+) calls", anna.get("/calls?client=Client+5").text)[0].replace(",", ""))
    assert {row["client"] for row in rows} == {"Client 5"}


def test_the_csv_has_the_documented_columns_in_order() -> None:
    text = (ROOT / "docs" / "csv.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(\w+)` \|", text.partition("# The time entries")[0], re.MULTILINE)
    assert documented == [name for name, _ in COLUMNS]


def test_the_csv_keeps_numbers_whole_and_times_local_with_offset(office: Office, anna: Browser) -> None:
    office.call(1, talk_s=61.04, **PAUL)
    office.call(2, "missed", presentation="private")
    answer = anna.get("/calls.csv")
    assert answer.header("Content-Type").startswith("text/csv")
    assert re.fullmatch(r'attachment; filename="calls 20[0-9. -]+\.csv"', answer.header("Content-Disposition"))
    private, paul = _rows(answer.body)
    assert paul["number"] == "+15145550188"
    assert paul["talk_s"] == "61.0"
    assert paul["billable_s"] == "62"
    assert (paul["answered_by"], paul["person_ms"], paul["with_box_s"]) == ("person", "6000", "0.0")
    assert (private["answered_by"], private["person_ms"]) == ("", "")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", paul["started"])
    assert private["number"] == ""
    assert private["presentation"] == "private"
    assert ("user:1", "download", "calls.csv") in office.write(
        lambda c: [tuple(row) for row in c.execute("SELECT who, action, target FROM audit")]
    )


def test_the_csv_is_of_what_is_filtered(office: Office, anna: Browser) -> None:
    office.call(1, **PAUL)
    office.call(2, "busy", direction="out")
    assert [row["id"] for row in _rows(anna.get("/calls.csv?direction=out").body)] == ["2"]


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+15145550123", "+15145550123"),
        ("+1", "'+1"),
        ("+1514555012x", "'+1514555012x"),
        ("+15145550123+1", "'+15145550123+1"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\r\n=1", "'=1"),
        ("\u202e=1", "'=1"),
        ("|calc", "'|calc"),
        ("%0A", "'%0A"),
        ("Roy & Martin", "Roy & Martin"),
        ("5145550123", "5145550123"),
        ("", ""),
    ],
)
def test_a_cell_is_never_a_formula_and_a_number_stays_whole(cell: str, safe: str) -> None:
    assert guarded(cell) == safe


def test_quotes_and_line_ends_stay_in_their_cell(office: Office, anna: Browser) -> None:
    office.call(1, name='a "b", c\r\n=d', number_e164="+15145550188", client="x\ny")
    rows = _rows(anna.get("/calls.csv").body)
    assert len(rows) == 1
    assert rows[0]["line_name"].startswith('a "b", c')


@pytest.mark.skipif(peers.program(CALC) is None, reason="LibreOffice Calc is not here: make peers")
def test_calc_opens_numbers_as_text_and_runs_no_formula(office: Office, anna: Browser, tmp_path: Path) -> None:
    office.call(1, **(PAUL | {"name": "=1+1"}))
    (tmp_path / "calls.csv").write_bytes(anna.get("/calls.csv").body)
    # Comma, quote, UTF-8, first line, no formats, language, quoted fields as text: what docs/csv.md says to tick.
    command = [str(peers.program(CALC)), "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"]
    command += ["--infilter=CSV:44,34,76,1,,0,true", "--convert-to", "fods", "--outdir", str(tmp_path)]
    command += [str(tmp_path / "calls.csv")]
    subprocess.run(command, env=peers.environment(CALC), check=True, capture_output=True, timeout=120)
    opened = (tmp_path / "calls.fods").read_text()
    cells = re.findall(r'<table:table-cell[^>]*value-type="(\w+)"[^>]*>\s*<text:p>([^<]*)</text:p>', opened)
    assert ("string", "+15145550188") in cells
    assert {("string", "&apos;=1+1"), ("string", "'=1+1")} & set(cells)
    assert "table:formula" not in opened


def test_one_call_tells_what_happened_and_why(office: Office, anna: Browser) -> None:
    office.message(1, seconds=10, **PAUL)
    text = anna.get("/calls/1").text
    for words in (
        "Ring 1",
        "Caller ID: ROY PAUL",
        "the number is a contact&#039;s",
        "Key #",
        "the caller pressed pound",
    ):
        assert words in text, words
    assert text.count('<svg class="timeline"') == 2  # one drawn for a desk, one for a phone
    assert "Ended by the other side: Left a message" in text
    assert 'src="/recordings/1/audio.wav"' in text
    steps = re.findall(r'<span class="time">(\d:\d\d)</span><div>', text)
    assert steps == sorted(steps)


def test_a_call_whose_length_nobody_knows_says_so(office: Office, anna: Browser) -> None:
    started = int(time.time() * 1000) - 60_000

    def transferred(connection: object) -> int:
        call = calls.begin(connection, "out", started_ms=started, utc_offset_min=0, number_e164="+15145550188")  # type: ignore[arg-type]
        calls.segment_begin(connection, call, "transferred", "+15145550199", 6.0)  # type: ignore[arg-type]
        calls.end(connection, call, outcome="connected", ended_ms=started + 9000, at_s=9.0, hung_up_by="nobody", why="")  # type: ignore[arg-type]
        return call

    call = office.write(transferred)
    assert "not known" in anna.get(f"/calls/{call}").text
    assert ">–<" in anna.get("/calls").text
    assert _rows(anna.get("/calls.csv").body)[0]["talk_s"] == ""


def test_a_live_call_can_be_ended_and_a_finished_one_says_that_it_has(office: Office, anna: Browser) -> None:
    ended = office.call(1)
    office.telephone.calls = [{"id": 5, "direction": "in", "stage": "greeting", "started_ms": 0}]
    assert anna.post("/calls/5/hang-up").header("Location") == "/"
    assert office.telephone.hung_up == [5]
    assert anna.post(f"/calls/{ended}/hang-up").header("Location") == f"/calls/{ended}?ended=1"
    assert "This call has already ended." in anna.get(f"/calls/{ended}?ended=1").text
    assert "already ended" not in anna.get(f"/calls/{ended}").text
    assert anna.post("/calls/999/hang-up").status == 404


def test_a_message_says_that_its_caller_was_called_back(office: Office, anna: Browser) -> None:
    message, other = office.message(1, number_e164="+15145550188"), office.message(2)
    office.write(lambda c: c.execute("INSERT INTO mailboxes (id, name) VALUES (2, 'x')").rowcount)
    office.write(lambda c: c.execute("UPDATE messages SET mailbox = 2 WHERE id = ?", (other,)).rowcount)
    page = anna.get("/messages").text
    assert f'name="message" value="{message}"' in page
    assert "Called back" not in page
    form = {"number": "+15145550188", "handset": "C"}
    assert anna.post("/dial", {**form, "message": str(other)}).status == 404
    assert office.telephone.dialled == []
    assert anna.post("/dial", {**form, "message": str(message)}).status == 303
    assert "Called back" not in anna.get("/messages").text, "the handset rings: nobody was called yet"
    office.lift()
    assert "Called back" in anna.get("/messages").text


def test_call_back_rings_the_handset_that_was_chosen(office: Office, anna: Browser) -> None:
    answer = anna.post("/dial", {"number": "+15145550188", "handset": "D"})
    assert answer.header("Location") == "/?dialling=D"
    assert "Handset D is ringing" in anna.get("/?dialling=D").text
    assert office.telephone.dialled == [("D", "+15145550188")]
    office.telephone.handsets["D"] = "in use"
    busy = anna.post("/dial", {"number": "+15145550188", "handset": "D"})
    assert busy.status == 409
    assert "Handset D may be ringing or in use" in busy.text
    assert "Somebody else has changed this" not in busy.text
    assert anna.post("/dial", {"number": "call 911; rm", "handset": "D"}).status == 400
