"""What a telephone line, a network or a file sends is shown as what it is: text."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from bottle import Bottle
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.webui.conftest import Browser
from tests.webui.office import Office
from webui.application import application
from webui.fields import Fields
from webui.formats import plain, telephone
from webui.web import Web

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{7*7}} % import os",
    "\u202egnp.exe",
    "A\u0000B\u0007C",
    '=HYPERLINK("http://evil.example")',
    "x" * 5000,
    "名前" * 40,
    "👩‍👩‍👧‍👦" * 20,
    "javascript:alert(1)",
]


class _Markup(HTMLParser):
    """The elements and attributes of a page that our own templates never write."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.strange: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("img", "iframe", "object", "style"):
            self.strange.add(tag)
        self.strange |= {name for name, _ in attrs if name.startswith("on") or name in ("style", "srcdoc")}


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_a_name_from_the_line_is_text_on_every_page(office: Office, anna: Browser, name: str) -> None:
    office.message(0.1, name=name, number_raw=name[:60], client=name, matter=name, presentation="allowed")
    office.call(0.2, "missed", name=name, number_raw=name[:60], presentation="allowed")
    office.telephone.calls = [
        {"id": 1, "direction": name, "line": name, "stage": name, "name": name, "started_ms": 1, "number_raw": name}
    ]
    for path in ("/", "/messages", "/calls", "/calls/1", "/home/now", "/home/day", f"/calls?q={quote(name[:60])}"):
        text = anna.get(path).text
        assert "<script>alert" not in text
        assert _Markup(text).strange == set()
        assert "\u202e" not in text
        assert "\u0000" not in text
        assert "49 %" not in text
        assert 'href="javascript' not in text
        assert len(text) < 120_000
        assert 'class="c-who"' not in text or len(re.sub("<[^>]+>", "", text)) < 60_000


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_a_contact_of_any_name_can_be_kept_and_shown(office: Office, anna: Browser, name: str) -> None:
    fields = [("name", name), ("company", name), ("notes", name), ("kind", name), ("raw", name), ("default", name)]
    answer = anna.post("/contacts/new", fields)
    assert answer.status in (303, 400)
    for path in ("/contacts", "/contacts/1"):
        text = anna.get(path).text
        assert "<script>alert" not in text
        assert _Markup(text).strange == set()
        assert "\u202e" not in text


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=60), path=st.sampled_from(["/calls", "/messages", "/contacts", "/calls.csv", "/"]))
def test_any_query_gets_an_answer(office: Office, anna: Browser, query: str, path: str) -> None:
    encoded = quote(query.encode("utf-8", "surrogatepass"), safe="=&%+;")
    for field in ("q", "page", "period", "since", "sort", "deleted", "show", "client"):
        assert anna.get(f"{path}?{field}={encoded}").status in (200, 400), (field, query)


@settings(max_examples=300, deadline=None)
@given(st.text())
@example("\u202egnp.exe")
@example("a\u0000b\u200fc\u2067d\ufeff")
def test_plain_text_never_holds_controls_or_direction_marks(text: str) -> None:
    kept = plain(text)
    assert len(kept) <= 80
    assert not re.search("[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", kept)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_of_a_form_are_read_as_text(data: bytes) -> None:
    fields = Fields(data.decode("latin-1"))
    for name in ("", "a", "name"):
        assert isinstance(fields.text(name), str)
        fields.text(name).encode()  # no lone surrogate can get to the store
        assert isinstance(fields.whole(name, 1, 0, 9), int)


@pytest.mark.parametrize("number", ["+15145550188", "+999", "+", "abc", "+1" + "5" * 60, "＋１５１４", None, ""])
def test_any_number_can_be_written(number: str | None) -> None:
    assert len(telephone(number, number, "CA")) <= 40


def test_numbers_are_written_as_the_country_does() -> None:
    assert telephone("+15145550188", None, "CA") == "(514) 555-0188"
    assert telephone("+442079460123", None, "CA") == "+44 20 7946 0123"
    assert telephone("+33142685300", None, "FR") == "01 42 68 53 00"
    assert telephone(None, "4321", "CA") == "4321"


def _raw_post(app: Bottle, body: bytes, **environ: str) -> str:
    """A POST as a hand-made client sends it; returns the status line."""
    got: list[str] = []

    def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
        got.append(status)

    request: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/login",
        "QUERY_STRING": "",
        "HTTP_HOST": "box.local",
        "SERVER_NAME": "box.local",
        "SERVER_PORT": "443",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
    }
    b"".join(app({**request, **environ}, start))
    return got[0]


@pytest.mark.parametrize(
    ("body", "environ"),
    [
        (b"a=1", {"CONTENT_LENGTH": "-1"}),
        (b"a=1", {"CONTENT_LENGTH": "99999999"}),
        (b"a=1", {"CONTENT_LENGTH": "x"}),
        (b"{}", {"CONTENT_TYPE": "application/json"}),
        (b"a=1", {"CONTENT_TYPE": ""}),
        (b"&".join(b"a=1" for _ in range(1000)), {}),
        (b"\xff\xfe%zz=%", {}),
        (b"form_token=" + b"%F0%9F" * 100, {"HTTP_COOKIE": "__Host-visitor=\xff; ;;=;\x01"}),
    ],
)
def test_a_form_that_is_none_is_refused_plainly(web: Web, body: bytes, environ: dict[str, str]) -> None:
    assert _raw_post(application(web), body, **environ)[:3] in ("400", "403")


@pytest.mark.parametrize("raw", [b"/\xff\xfe", b"/messages\xff", b"/\xc3\x28", b"/calls/\xed\xa0\x80"])
def test_an_address_that_is_no_text_is_nowhere(anna: Browser, raw: bytes) -> None:
    answer = anna.get(raw.decode("latin-1"))
    assert answer.status == 404
    assert "Frontdesk</title>" in answer.text and "There is no such page" in answer.text
    assert "default-src 'none'" in answer.header("Content-Security-Policy")


@pytest.mark.parametrize("path", ["/", "/login", "/calls", "/static/0/none.css", "/nowhere"])
def test_too_many_fields_in_an_address_get_the_ordinary_error_page(anna: Browser, path: str) -> None:
    answer = anna.get(path + "?" + "&".join(f"f{n}=1" for n in range(300)))
    assert answer.status == (404 if path == "/nowhere" else 400)
    assert "Content-Security-Policy" in dict(answer.headers)
    assert "Traceback" not in answer.text and "</html>" in answer.text
