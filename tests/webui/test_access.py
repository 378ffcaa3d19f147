"""Every route declares its access and keeps to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.webui.conftest import Browser
from tests.webui.office import Office
from webui.access import Route
from webui.application import routes
from webui.web import Web

ALL = routes()


def _path(route: Route) -> str:
    """The route's address with numbers for its blanks."""
    return re.sub(r"<[^>]+>", "1", route.path)


def _id(route: Route) -> str:
    return f"{route.method} {route.path}"


def test_every_route_names_its_access_and_no_address_is_declared_twice() -> None:
    assert len(ALL) > 30
    assert {route.access for route in ALL} == {"public", "first_visit", "user", "admin"}
    assert len({(route.method, route.path) for route in ALL}) == len(ALL)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One office for the walks over all routes: an admin, a user, and nothing else to lose."""
    office = Office(tmp_path_factory.mktemp("house"))
    office.start()
    office.user()
    office.user("paul", "user")
    yield office.web()
    office.stop()


@pytest.mark.parametrize("route", ALL, ids=_id)
def test_without_a_login_only_public_routes_answer(route: Route, house: Web) -> None:
    browser = Browser(house)
    browser.get("/help")
    browser.get("/login")  # a form token of this browser, so that only the access can refuse
    answer = browser.get(_path(route)) if route.method == "GET" else browser.post(_path(route))
    if route.access == "public":
        assert answer.header("Location").split("?")[0] != "/login"
    else:
        assert (answer.status, answer.header("Location").split("?")[0]) == (303, "/login")


@pytest.mark.parametrize("route", ALL, ids=_id)
def test_a_user_without_the_role_admin_gets_no_admin_page(route: Route, house: Web) -> None:
    browser = Browser(house)
    browser.log_in("paul")
    if route.path == "/events":
        return  # a stream without an end; what it asks of its viewer is in test_stream
    answer = browser.get(_path(route)) if route.method == "GET" else browser.post(_path(route))
    if route.access == "admin":
        assert answer.status == 403
        assert "You may not do this" in answer.text
    elif route.access == "user":
        assert "You may not do this" not in answer.text


@pytest.mark.parametrize("route", [route for route in ALL if route.method == "POST"], ids=_id)
def test_a_form_without_this_browsers_token_changes_nothing(route: Route, house: Web) -> None:
    anna, stranger = Browser(house), Browser(house)
    anna.log_in()
    stranger.get("/login")
    if route.access == "first_visit":
        return  # over: answered with the log-in before any form is read (see above)
    for token in ("", "0" * 64, stranger.token):
        answer = anna.post(_path(route), token=token)
        assert answer.status == 403
        assert "This form is too old" in answer.text


def test_a_form_that_another_site_sends_is_refused_even_with_the_token(anna: Browser) -> None:
    answer = anna.post("/account/language", {"language": "fr"}, origin="https://evil.example")
    assert answer.status == 403
    assert anna.post("/account/language", {"language": "fr"}, origin="https://box.local").status == 303


def test_nothing_changes_by_get(anna: Browser) -> None:
    for route in ALL:
        if route.method == "POST" and not any(r.path == route.path and r.method == "GET" for r in ALL):
            assert anna.get(_path(route)).status in (404, 405)


def test_a_disabled_user_is_out_at_once(office: Office, anna: Browser) -> None:
    assert anna.get("/").status == 200
    office.write(lambda connection: connection.execute("UPDATE users SET disabled_ms = 1").rowcount)
    assert anna.get("/").header("Location") == "/login?why=ended"


def test_a_lost_role_counts_at_once(office: Office, anna: Browser) -> None:
    assert anna.get("/health").status == 200
    office.write(lambda connection: connection.execute("UPDATE users SET role = 'user'").rowcount)
    assert anna.get("/health").status == 403


def test_every_answer_carries_the_strict_headers(anna: Browser) -> None:
    for path in ("/", "/login", "/no-such-page", "/messages", "/calls.csv", "/static/0/none.css"):
        answer = anna.get(path)
        policy = answer.header("Content-Security-Policy")
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert answer.header("X-Content-Type-Options") == "nosniff"
        assert answer.header("X-Frame-Options") == "DENY"
        assert answer.header("Cache-Control").startswith("no-store") or path.startswith("/static/")


def test_cookies_are_secure_http_only_and_strict(web: Web) -> None:
    browser = Browser(web)
    cookies = browser.get("/login").cookies() + browser.log_in().cookies()
    assert {cookie.split("=")[0] for cookie in cookies} == {"__Host-visitor", "__Host-frontdesk", "__Host-device"}
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_pages_hold_no_script_or_style_of_their_own(office: Office, anna: Browser) -> None:
    office.message(0.1, number_e164="+15145550188", number_raw="5145550188", presentation="allowed")
    pages = (
        "/",
        "/messages",
        "/calls",
        "/calls/1",
        "/contacts",
        "/contacts/new",
        "/assistant",
        "/health",
        "/account",
        "/parts",
    )
    for path in pages:
        text = anna.get(path).text
        assert not re.search(r"<script(?![^>]*src=)", text), path
        assert not re.search(r"<[^>]*\s(style|on\w+)=", text), path
        assert "<style" not in text
        assert not re.search(r'(src|href)="(https?:)?//', text), path
