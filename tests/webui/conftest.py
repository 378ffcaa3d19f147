"""An office with its page, and a browser made of WSGI calls: no server is needed to see what a route answers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from wsgiref.validate import validator

import pytest
from playwright.sync_api import expect

from tests.webui.office import PASSWORD, Office
from webui.application import application
from webui.web import Web

expect.set_options(timeout=20_000)  # how long a page takes is the machine's affair


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def cookies(self) -> list[str]:
        return [value for key, value in self.headers if key.lower() == "set-cookie"]


class Browser:
    """Keeps cookies, reads the form token from the last page as a form would send it."""

    def __init__(self, web: Web, address: str = "192.0.2.10") -> None:
        self._app = validator(application(web))
        self.address = address
        self.jar: dict[str, str] = {}
        self.token = ""

    def get(self, path: str, **headers: str) -> Answer:
        return self._call("GET", path, b"", headers)

    def post(self, path: str, fields: Any = (), *, token: str | None = None, **headers: str) -> Answer:
        """Sends a form with the token of the last page (or another)."""
        pairs = [("form_token", self.token if token is None else token)]
        pairs += list(fields.items()) if isinstance(fields, dict) else list(fields)
        return self._call("POST", path, urlencode(pairs).encode(), headers)

    def log_in(self, name: str = "anna", password: str = PASSWORD) -> Answer:
        self.get("/login")
        answer = self.post("/login", {"name": name, "password": password})
        if answer.status == 303:
            self.get("/help")
        return answer

    def _call(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        parts = urlsplit(path)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "box.local",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "box.local",
            "REMOTE_ADDR": self.address,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if method == "POST":
            environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
            environ["CONTENT_LENGTH"] = str(len(body))
        if self.jar:
            environ["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        for name, value in headers.items():
            key = name.upper()
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
        got: list[Any] = []

        def start(status: str, answer_headers: list[tuple[str, str]], error: Any = None) -> Callable[[bytes], object]:
            got[:] = [int(status.split()[0]), answer_headers]
            return lambda data: None

        chunks = self._app(environ, start)
        try:
            data = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        answer = Answer(got[0], got[1], data)
        self._keep(answer)
        return answer

    def _keep(self, answer: Answer) -> None:
        for cookie in answer.cookies():
            name, _, value = cookie.split(";")[0].partition("=")
            if "Max-Age=0" in cookie:
                self.jar.pop(name, None)
            else:
                self.jar[name] = value
        found = re.search(rb'name="form_token" value="([0-9a-f]+)"', answer.body)
        if found:
            self.token = found[1].decode()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A running box with an admin called anna."""
    running = Office(tmp_path / "home")
    running.start()
    running.user()
    yield running
    running.stop()


@pytest.fixture
def web(office: Office) -> Iterator[Web]:
    made = office.web()
    yield made
    made.state.close()


@pytest.fixture
def browser(web: Web) -> Browser:
    """A browser at the log-in."""
    return Browser(web)


@pytest.fixture
def anna(web: Web) -> Browser:
    """A browser in which the admin is logged in."""
    browser = Browser(web)
    assert browser.log_in().status == 303
    return browser
