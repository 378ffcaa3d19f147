"""The Settings page: everything that is set there, changed, refused, taken back, found."""

from __future__ import annotations

import html
import re
import tomllib
from pathlib import Path

import pytest

from firmware.supervisor.settings.schema import SCHEMA
from tests.webui.conftest import Browser
from tests.webui.office import Office

ON_THE_PAGE = [key for key, declared in SCHEMA.items() if declared.home == "page"]


def values(browser: Browser) -> dict[str, str]:
    """Key -> what its field holds."""
    text = browser.get("/settings").text
    found = {}
    for form in re.findall(r'<form method="post" action="/settings" class="setting".*?</form>', text, re.DOTALL):
        key = re.search(r'name="key" value="([^"]+)"', form)
        value = re.search(r'name="value" value="([^"]*)"|<option value="([^"]*)" selected', form)
        assert key is not None and value is not None, form
        found[key[1]] = html.unescape(value[1] if value[1] is not None else value[2])
    return found


def test_all_settings_of_the_page_are_there_as_they_came(anna: Browser) -> None:
    shown = values(anna)
    assert sorted(shown) == sorted(ON_THE_PAGE)
    assert (shown["answering.rings"], shown["lines.A.enabled"], shown["recording.max_s"]) == ("2", "true", "180")


@pytest.mark.parametrize(
    ("key", "value"),
    [("answering.rings", "4"), ("lines.B.enabled", "false"), ("dialing.outside_prefix", ""), ("box.name", "R & <b>")],
)
def test_a_change_counts_at_once_says_who_and_can_be_taken_back(anna: Browser, key: str, value: str) -> None:
    before = values(anna)
    answer = anna.post("/settings", {"key": key, "value": value})
    assert answer.status == 303
    page = anna.get(answer.header("Location")).text
    assert values(anna) == {**before, key: value}
    assert "changed by anna" in page
    toast = page[page.index('class="toast"') :]
    undo = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', toast[: toast.index("</form>")]))
    assert anna.post("/settings", {name: html.unescape(held) for name, held in undo.items()}).status == 303
    assert values(anna) == before


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("answering.rings", "eleven", "expected a whole number from 1 to 10"),
        ("answering.rings", "11", "expected a whole number from 1 to 10"),
        ("handsets.C.extension", "22", "expected two different extensions"),
        ("box.name", "", "not empty"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field_and_changes_nothing(
    anna: Browser, key: str, value: str, said: str
) -> None:
    before = values(anna)
    answer = anna.post("/settings", {"key": key, "value": value})
    assert answer.status == 400
    form = answer.text[answer.text.index(f'id="{key}"') :]
    assert said in html.unescape(form[: form.index("</form>")])
    assert values(anna) == before


def test_only_settings_of_the_page_are_set_there(anna: Browser) -> None:
    for key in ("box.country", "no.such", ""):
        assert anna.post("/settings", {"key": key, "value": "US"}).status == 400


def test_a_setting_is_found_by_its_words_or_its_key(office: Office, anna: Browser) -> None:
    for search in ("rings before", "answering.rings"):
        text = anna.get(f"/settings?q={search.replace(' ', '+')}").text
        assert re.findall(r'class="setting" id="([^"]+)"', text) == ["answering.rings"]
    assert "No setting is about “xyzzy”" in anna.get("/settings?q=xyzzy").text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_setting_and_group_has_words(language: str) -> None:
    table = tomllib.loads((Path(__file__).parents[2] / "webui" / "words" / f"{language}.toml").read_text())
    assert set(table["setting"]) == set(ON_THE_PAGE)
    assert {SCHEMA[key].shown for key in ON_THE_PAGE} <= set(table["setting_group"])
