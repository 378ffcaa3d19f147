"""What is vendored, the templates, the words: checked as files."""

from __future__ import annotations

import hashlib
import re
import string
import tomllib
from pathlib import Path

import pytest

from tests.webui.conftest import Browser
from webui import reasons
from webui.application import routes
from webui.live import NAMES
from webui.pages.assets import address, files
from webui.words import LANGUAGES, preferred, words

WEBUI = Path(__file__).parents[2] / "webui"
VENDOR = WEBUI / "static" / "vendor"
TEMPLATES = sorted((WEBUI / "templates").glob("*.tpl"))


def test_what_is_vendored_is_what_was_declared() -> None:
    declared = tomllib.loads((VENDOR / "vendor.toml").read_text())["file"]
    assert {row["package"] for row in declared} == {"htmx.org", "@picocss/pico"}
    known = {"vendor.toml"}
    for row in declared:
        assert hashlib.sha256((VENDOR / row["file"]).read_bytes()).hexdigest() == row["sha256"], row["file"]
        assert row["version"] in row["file"]
        assert row["licence"] in ("MIT", "0BSD")
        assert len((VENDOR / row["licence_file"]).read_text()) > 300
        known |= {row["file"], row["licence_file"]}
    assert {path.name for path in VENDOR.iterdir()} == known


def test_a_static_file_is_served_under_the_address_of_its_content_only(browser: Browser) -> None:
    for name, (where, content, kind) in files().items():
        answer = browser.get(where)
        assert (answer.status, answer.body, answer.header("Content-Type")) == (200, content, kind)
        assert "immutable" in answer.header("Cache-Control")
        assert browser.get(f"/static/000000000000/{name}").status == 404
    assert browser.get("/static/x/../../application.py").status == 404
    assert browser.get("/favicon.ico").header("Location") == address("icon.svg")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_unescaped_output_stands_only_in_the_parts(path: Path) -> None:
    found = re.findall(r"\{\{!(.*?)\}\}", path.read_text())
    if path.name == "layout.tpl":
        assert found == ["base"]
    elif path.name == "parts.tpl":
        assert set(found) == {"wave(outline)", "svg", "two['desk'].svg", "two['phone'].svg"}
    else:
        assert found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_style_script_or_sentence_of_its_own(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\s(style|on[a-z]+|hx-on[^=]*)=", text)
    assert "<script>" not in text
    assert "js:" not in text
    if path.name == "living.tpl":
        return  # the living page is for its makers; its headings name the parts
    code = re.sub(r"(?s)<%.*?%>|(?m:^\s*%.*$)|\{\{.*?\}\}", "", text)
    bare = re.sub(r"<[^>]*>", " ", code, flags=re.DOTALL)
    said = set(re.findall(r"[A-Za-z]{3,}", bare)) - {"Frontdesk"}
    assert said == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_form_that_posts_carries_a_token(path: Path) -> None:
    for form in re.findall(r'(?s)<form method="post".*?</form>', path.read_text()):
        assert "token_field()" in form


def test_every_form_leads_to_a_route() -> None:
    targets = {re.sub(r"<[^>]+>", "N", route.path) for route in routes() if route.method == "POST"}
    for path in TEMPLATES:
        text = path.read_text()
        found = re.findall(r'method="post" action="(/[^"]*)"', text) + re.findall(r"(?<!link_)action\('(/[^']*)'", text)
        for target in found:
            bare = re.sub(r"\{\{.*?\}\}|%d|%s", "N", target)
            assert bare in targets or bare == "N", (path.name, target)


def test_both_languages_have_the_same_sentences_with_the_same_blanks() -> None:
    english = words("en").table
    for language in LANGUAGES:
        table = words(language).table
        assert set(table) == set(english)
        for key, sentence in table.items():
            assert sentence or key.startswith("event_short."), key
            assert _blanks(sentence) == _blanks(english[key]), (language, key)


def test_every_sentence_that_is_asked_for_is_there_and_every_one_there_is_asked_for() -> None:
    source = "\n".join(path.read_text() for path in [*WEBUI.rglob("*.py"), *TEMPLATES])
    table = words("en").table
    exact = set(re.findall(r"""\bt\(["']([a-z_.0-9]+)["']""", source))
    counted = set(re.findall(r"""\bt\.count\(["']([a-z_.]+)["']""", source))
    begun = {key for key in exact if key.endswith((".", "_"))}  # the rest of the key is worked out
    assert exact - begun <= set(table), exact - begun - set(table)
    for key in counted:
        assert {f"{key}.one", f"{key}.other"} <= set(table)
    groups = set(re.findall(r"""["'{]([a-z_]+)\.["'{]""", source)) | reasons._WORDS
    named = set(re.findall(r"""["']([a-z_]+\.[a-z_]+)["']""", source))
    for key in table:
        bare = re.sub(r"\.(one|other)$", "", key)
        used = key in exact or bare in counted or bare in named or key.split(".")[0] in groups
        assert used or key.startswith(tuple(begun)), key


def test_what_pages_listen_for_is_declared() -> None:
    """A part that is fetched anew for an event that nobody tells would never be."""
    asked = {name for path in TEMPLATES for name in re.findall(r"box:(\w+) from:body", path.read_text())}
    assert {"call", "resync"} <= asked <= set(NAMES)


def test_counting_follows_the_language() -> None:
    assert [words("en").count("calls.total", n) for n in (0, 1, 2)] == ["0 calls", "1 call", "2 calls"]
    assert [words("fr").count("calls.total", n) for n in (0, 1, 2)] == ["0 appel", "1 appel", "2 appels"]


@pytest.mark.parametrize(
    ("header", "language"),
    [("fr-CA,en;q=0.5", "fr"), ("de, FR;q=0.3", "fr"), ("", "en"), (",;,q=", "en"), ("en", "en")],
)
def test_the_browsers_language_is_followed(header: str, language: str) -> None:
    assert preferred(header) == language


def _blanks(sentence: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
