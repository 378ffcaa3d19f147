"""Contacts: add, edit, delete with undo, numbers with a default."""

from __future__ import annotations

import re

import pytest

from tests.webui.conftest import Browser
from tests.webui.office import Office


def _fields(name: str, numbers: list[tuple[str, str]], default: int = 0, **more: str) -> list[tuple[str, str]]:
    pairs = [("name", name), ("default", str(default)), *more.items()]
    for kind, raw in numbers:
        pairs += [("kind", kind), ("raw", raw)]
    return pairs


def test_a_contact_is_added_with_its_default_number(office: Office, anna: Browser) -> None:
    fields = _fields(
        "Paul Roy", [("work", "514 555-0100"), ("mobile", "(514) 555-0188"), ("home", "")], 1, client="Roy"
    )
    assert anna.post("/contacts/new", fields).header("Location") == "/contacts"
    page = anna.get("/contacts").text
    assert "Paul Roy" in page
    assert page.index("(514) 555-0188") < page.index("(514) 555-0100")
    rows = office.write(
        lambda c: [tuple(r) for r in c.execute("SELECT kind, e164, is_default FROM contact_numbers ORDER BY id")]
    )
    assert rows == [("work", "+15145550100", 0), ("mobile", "+15145550188", 1)]


def test_a_name_is_needed_and_what_was_typed_stays(anna: Browser) -> None:
    answer = anna.post("/contacts/new", _fields("  ", [("mobile", "5145550188")], company="Roy & Co"))
    assert answer.status == 400
    assert "Please type a name" in answer.text
    assert 'value="5145550188"' in answer.text
    assert 'value="Roy &amp; Co"' in answer.text


def test_editing_changes_everything_that_the_form_shows(office: Office, anna: Browser) -> None:
    contact = office.contact("Paul Roy", "+15145550188", company="Old", notes="likes tea\nand cake")
    page = anna.get(f"/contacts/{contact}").text
    assert "likes tea\nand cake" in page
    fields = _fields(
        "Paul-André Roy", [("home", "5145550199")], company="New", sounds_like="pole andray", language="fr"
    )
    assert anna.post(f"/contacts/{contact}", fields).status == 303
    page = anna.get(f"/contacts/{contact}").text
    for words in ("Paul-André Roy", 'value="New"', 'value="pole andray"', 'value="5145550199"'):
        assert words in page, words
    assert "5145550188" not in page
    assert re.search(r'<option value="fr"\s+selected', page)


def test_delete_is_done_at_once_and_can_be_undone(office: Office, anna: Browser) -> None:
    contact = office.contact("Paul Roy", "+15145550188")
    place = anna.post(f"/contacts/{contact}/delete").header("Location")
    page = anna.get(place).text
    assert "Contact deleted." in page
    assert "Paul Roy" not in page
    assert anna.get(f"/contacts/{contact}").status == 404
    anna.post(f"/contacts/{contact}/restore")
    assert "Paul Roy" in anna.get("/contacts").text


def test_search_finds_names_without_accents_and_numbers_in_any_writing(office: Office, anna: Browser) -> None:
    office.contact("Éric Gagnon", "+15145550177")
    office.contact("Ada Osei", "+442079460123", company="Osei Partners")
    assert "Éric" in anna.get("/contacts?q=eric").text
    assert "Ada" in anna.get("/contacts?q=OSEI").text
    found = anna.get("/contacts?q=514-555-01").text
    assert "Éric" in found
    assert "Ada" not in found
    assert "Nobody matches" in anna.get("/contacts?q=zzz").text


@pytest.mark.parametrize("number", ["abc", "123", "555", "99999999999999999999", "514-555"])
def test_what_is_no_number_is_said_and_not_kept(anna: Browser, number: str) -> None:
    anna.get("/contacts/new")
    answer = anna.post("/contacts/new", _fields("Zoe Martin", [("mobile", number)]))
    assert answer.status == 400
    assert f"{number} is no telephone number" in answer.text
    assert "Zoe Martin" not in anna.get("/contacts").text


@pytest.mark.parametrize("number", ["22", "911", "514-555-0123", "+33 1 42 68 53 00", "1-800-GO-FEDEX"])
def test_numbers_extensions_and_short_numbers_are_kept(anna: Browser, number: str) -> None:
    anna.get("/contacts/new")
    assert anna.post("/contacts/new", _fields("Zoe Martin", [("mobile", number)])).status == 303


def test_a_caller_is_added_from_the_call(office: Office, anna: Browser) -> None:
    office.call(1, number_e164="+15145550188", presentation="allowed")
    link = re.search(r'href="(/contacts/new\?number=[^"]+)"', anna.get("/calls/1").text)
    assert link is not None
    assert 'value="+15145550188"' in anna.get(link[1].replace("&amp;", "&")).text


def test_another_mailboxs_contact_is_not_there(office: Office, anna: Browser) -> None:
    contact = office.contact("Paul Roy", "+15145550188")
    office.write(lambda c: c.execute("INSERT INTO mailboxes (id, name) VALUES (2, 'paul')").rowcount)
    office.write(lambda c: c.execute("UPDATE contacts SET mailbox = 2").rowcount)
    assert anna.get(f"/contacts/{contact}").status == 404
    assert anna.post(f"/contacts/{contact}", _fields("Eve", [])).status == 404
    assert anna.post(f"/contacts/{contact}/delete").status == 404


def test_more_numbers_than_a_person_has_are_left_out(office: Office, anna: Browser) -> None:
    numbers = [("mobile", f"51455501{n:02}") for n in range(60)]
    assert anna.post("/contacts/new", _fields("Many", numbers)).status == 303
    assert office.write(lambda c: c.execute("SELECT count(*) FROM contact_numbers").fetchone()[0]) == 8
