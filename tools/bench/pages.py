"""How quickly the page answers over a log of 100,000 calls, as a browser in the LAN sees it: over HTTPS, logged in.

The office is the one that the page's tests use (`tests/webui/office.py`): the real store and control socket, the page
as its own process. The goal is 200 ms a page on the box; this machine is quicker than a Pi by a factor that
docs/benchmarks.md names.
"""

from __future__ import annotations

import http.client
import re
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.webui.office import PASSWORD, Office, seed_office

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "python -m tools.bench pages"
CALLS = 100_000
TURNS = 7
PAGES = (
    ("Home", "/"),
    ("Messages", "/messages"),
    ("Calls, newest page", "/calls"),
    ("Calls, last page", "/calls?page=2000"),
    ("Calls, sorted by name, page 1000", "/calls?sort=name&page=1000"),
    ("Calls, text search", "/calls?q=caller+77"),
    ("Calls, one client, sorted by length", "/calls?client=Client+5&sort=talk"),
    ("one call with its timeline", "/calls/1"),
    ("Contacts", "/contacts"),
)


def run() -> list[dict[str, Any]]:
    """The rows: median of seven turns each, and the whole log as CSV."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        office = Office(Path(folder))
        office.start()
        try:
            office.user()
            seed_office(office)
            office.many_calls(CALLS)
            return _measured(office)
        finally:
            office.stop()


def _measured(office: Office) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "webui", "--home", str(office.home), "--port", "0", "--host", "127.0.0.1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r":(\d+)/", process.stdout.readline())
        assert found is not None, "the page did not start"
        browser = _Browser(int(found[1]))
        rows = [_row(f"{what}, {CALLS:,} calls", browser.timed(path, TURNS) * 1000, "ms") for what, path in PAGES]
        rows.append(_row(f"the CSV of {CALLS:,} calls", browser.timed("/calls.csv", 1), "s"))
        process.terminate()
    return rows


def _row(what: str, ours: float, unit: str) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": None, "unit": unit, "command": COMMAND}


class _Browser:
    """One kept connection, logged in."""

    def __init__(self, port: int) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the box's own certificate
        self._connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=60)
        self._cookie = ""
        token = re.search(rb'name="form_token" value="([0-9a-f]+)"', self._get("/login"))
        assert token is not None
        form = urlencode({"form_token": token[1].decode(), "name": "anna", "password": PASSWORD})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self._cookie}
        self._connection.request("POST", "/login", form, headers)
        answer = self._connection.getresponse()
        answer.read()
        self._keep(answer)

    def timed(self, path: str, turns: int) -> float:
        """Seconds to the last byte: the median of so many turns."""
        taken = []
        for _ in range(turns):
            begun = time.perf_counter()
            self._get(path)
            taken.append(time.perf_counter() - begun)
        return statistics.median(taken)

    def _get(self, path: str) -> bytes:
        self._connection.request("GET", path, headers={"Cookie": self._cookie})
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status)
        self._keep(answer)
        return body

    def _keep(self, answer: http.client.HTTPResponse) -> None:
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self._cookie = cookie.split(";")[0]
