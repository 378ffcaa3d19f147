"""The page over the wire: as its own process, and connections to it that browsers would make."""

from __future__ import annotations

import http.client
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.webui.office import PASSWORD

ROOT = Path(__file__).parents[2]
PATIENCE_S = 15
"""How long a browser waits for an answer: less than the page lets a connection idle."""


def command(home: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "webui", "--home", str(home), "--host", "127.0.0.1", *more]


@contextmanager
def page_process(home: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The page as a process, and its port."""
    words = command(home, "--port", "0")
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r":(\d+)/", process.stdout.readline())
        assert found is not None
        try:
            yield process, int(found[1])
        finally:
            process.terminate()


def trusting() -> ssl.SSLContext:
    """TLS that takes the box's own certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def connect(port: int) -> http.client.HTTPSConnection:
    """A browser's connection, not yet made."""
    return http.client.HTTPSConnection("127.0.0.1", port, context=trusting(), timeout=PATIENCE_S)


def log_in(port: int) -> str:
    """The session cookie of a browser that has logged in."""
    connection = connect(port)
    connection.request("GET", "/login")
    answer = connection.getresponse()
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', answer.read().decode())
    assert token is not None
    visitor = answer.headers["Set-Cookie"].split(";")[0]
    form = f"form_token={token[1]}&name=anna&password={PASSWORD.replace(' ', '+')}"
    headers = {"Cookie": visitor, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/login", form, headers)
    answer = connection.getresponse()
    assert answer.status == 303
    return str(answer.headers["Set-Cookie"].split(";")[0])
