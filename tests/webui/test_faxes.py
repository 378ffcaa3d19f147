"""Faxes on the page: who, when, how many pages, the PDF and the TIFF, one state, a way back."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.supervisor.store import faxes
from firmware.supervisor.store.mailbox import FAXES
from tests.webui.conftest import Browser
from tests.webui.office import OFFSET_MIN, Office
from tests.webui.test_hostile import NASTY, _Markup

PDF, TIFF = b"%PDF-1.4 pages", b"II*\0 pages"


def leave(
    office: Office,
    *,
    sender: str = "+1 418 555 0142",
    path: str = "2026-03/fax-1.tif",
    progress: str = "made",
    **columns: Any,
) -> int:
    """A fax with its TIFF and, once it is made, its PDF; returns its id."""
    call = office.call(0.2, "fax", number_e164="+14185550142", number_raw="4185550142", **columns)
    file = office.home / "faxes" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(TIFF)
    if progress == "made":
        file.with_suffix(".pdf").write_bytes(PDF)
    values: dict[str, Any] = {"received_ms": 1_772_463_600_000, "utc_offset_min": OFFSET_MIN}
    return office.write(faxes.put, call, path=path, pages=3, sender=sender, progress=progress, **values)


def state(office: Office, fax: int) -> str:
    return office.write(FAXES.state, fax)


def test_a_fax_stands_on_messages_on_its_call_and_is_counted_on_home(office: Office, anna: Browser) -> None:
    assert 'id="faxes-title"' not in anna.get("/messages").text
    fax = leave(office)
    for path in ("/messages", "/calls/1"):
        text = anna.get(path).text
        assert "Faxes" in text
        assert "3 pages" in text
        assert "(418) 555-0142" in text
        assert f'href="/faxes/{fax}.pdf"' in text
        assert f'href="/faxes/{fax}.tif"' in text
    assert "1 new fax<" in anna.get("/").text
    anna.post("/account/language", {"language": "fr"})
    assert "Ouvrir le PDF" in anna.get("/messages").text


@pytest.mark.parametrize(
    ("progress", "says"),
    [("receiving", "Pages are coming in"), ("waiting", "PDF is being made"), ("failed", "PDF could not be made")],
)
def test_a_fax_without_its_pdf_says_so_and_gives_the_tiff(
    office: Office, anna: Browser, progress: str, says: str
) -> None:
    fax = leave(office, progress=progress)
    for path in ("/messages", "/calls/1"):
        text = anna.get(path).text
        assert says in text
        assert f'href="/faxes/{fax}.pdf"' not in text
        assert f'href="/faxes/{fax}.tif"' in text
    assert anna.get(f"/faxes/{fax}.pdf").status == 404
    assert anna.get(f"/faxes/{fax}.tif").body == TIFF


@pytest.mark.parametrize(
    ("suffix", "kind", "shown", "body"),
    [("pdf", "application/pdf", "inline", PDF), ("tif", "image/tiff", "attachment", TIFF)],
)
def test_the_files_come_with_strict_headers(
    office: Office, anna: Browser, suffix: str, kind: str, shown: str, body: bytes
) -> None:
    answer = anna.get(f"/faxes/{leave(office)}.{suffix}")
    assert (answer.status, answer.body, answer.header("Content-Type")) == (200, body, kind)
    assert answer.header("Content-Disposition").startswith(f'{shown}; filename="2026-03-02 ')
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert "default-src 'none'" in answer.header("Content-Security-Policy")
    assert answer.header("Cache-Control") == "no-store"


def test_a_path_that_leaves_the_folder_and_a_fax_of_another_mailbox_are_not_there(
    office: Office, anna: Browser
) -> None:
    outside = leave(office, path="../outside.tif")
    other = leave(office)
    office.write(lambda c: c.execute("INSERT INTO mailboxes (id, name) VALUES (2, 'x')").rowcount)
    office.write(lambda c: c.execute("UPDATE faxes SET mailbox = 2 WHERE id = ?", (other,)).rowcount)
    for fax in (outside, other, 99, 10**25):
        assert anna.get(f"/faxes/{fax}.pdf").status == 404
    assert anna.get("/faxes/..%2f..%2foutside.pdf").status == 404
    assert anna.post(f"/faxes/{other}/delete").status == 404


def test_mark_delete_and_undo(office: Office, anna: Browser) -> None:
    fax = leave(office)
    anna.post(f"/faxes/{fax}/state", {"state": "saved", "back": "/messages"})
    assert state(office, fax) == "saved"
    assert anna.post(f"/faxes/{fax}/state", {"state": "deleted"}).status == 400
    for back in ("/messages", "/calls/1"):
        page = anna.get(anna.post(f"/faxes/{fax}/delete", {"back": back}).header("Location")).text
        assert "Fax deleted." in page
        assert f'id="fax-{fax}"' not in page
        assert f'id="fax-{fax}"' in anna.get("/messages?show=deleted").text
        assert f'action="/faxes/{fax}/restore"' in page
        anna.post(f"/faxes/{fax}/restore", {"back": back})
        assert state(office, fax) == "saved"


def test_search_and_tabs_choose_faxes_too(office: Office, anna: Browser) -> None:
    fax = leave(office, sender="Notaires Tremblay")
    for query, there in (("q=tremblay", True), ("q=5550142", True), ("q=zzz", False), ("show=saved", False)):
        assert (f'id="fax-{fax}"' in anna.get(f"/messages?{query}").text) == there, query


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_what_another_machine_calls_itself_is_text(office: Office, anna: Browser, name: str) -> None:
    leave(office, sender=name, name=name)
    for path in ("/messages", "/calls/1"):
        text = anna.get(path).text
        assert "<script>alert" not in text
        assert _Markup(text).strange == set()
        assert "\u202e" not in text
        assert "49 %" not in text
        assert len(text) < 120_000


def test_the_page_of_parts_shows_a_fax_in_each_state_though_none_has_come(anna: Browser) -> None:
    text = anna.get("/parts").text
    assert text.count('<article class="message ') == 5
    for drawn in ('action="/faxes/-1/delete"', 'action="/faxes/-2/delete"', 'action="/faxes/-5/restore"'):
        assert drawn in text
    assert anna.get("/faxes/-1.pdf").status == 404  # drawn only
