"""The one stream of what is live (server-sent events).

Each viewer holds one of the server's threads, so there is a cap. A pulse every 2 s lets the page notice within 5 s that
nothing arrives any more; everything carries the mark (`live.py`) by which it notices what it has missed. The comment
line every 15 s is for what may lie between that cuts quiet streams. The stream ends with the session: an open page is
no use of it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from firmware.control_client import Event
from webui.access import Site
from webui.live import BrowserLeft, Viewer
from webui.live_state import live_call, waiting_caller
from webui.reply import Reply
from webui.visit import Visit

Data = dict[str, Any]
site = Site()

PULSE_S = 2.0
COMMENT_S = 15.0
_HEADERS = [("Content-Type", "text/event-stream; charset=utf-8"), ("X-Accel-Buffering", "no")]


@site.get("/events", access="user", quiet=True)
def events(visit: Visit) -> Reply:
    viewer = visit.web.live.join()
    if viewer is None:
        return Reply(
            visit.t("stream.full"), 503, [("Retry-After", "30"), ("Content-Type", "text/plain; charset=utf-8")]
        )
    return Reply(_Stream(visit, viewer), headers=list(_HEADERS))


class _Stream:
    """The bytes of one viewer's stream; `close()` gives its place back, once the browser has left."""

    def __init__(self, visit: Visit, viewer: Viewer) -> None:
        self._visit = visit
        self._viewer = viewer
        self._descriptor = visit.connection.descriptor if visit.connection is not None else None
        self._commented = time.monotonic()
        self._begun = False
        self._said = ""
        self._ended = False

    def __iter__(self) -> _Stream:
        return self

    def __next__(self) -> bytes:
        web = self._visit.web
        if self._ended or web.live.closed:
            raise StopIteration
        if not self._begun:
            self._begun = True
            return b"retry: 2000\n\n" + self._pulse()
        try:
            event = self._viewer.next(PULSE_S, self._descriptor)
        except BrowserLeft:
            raise StopIteration from None
        if event is not None:
            return _line(event.name, {**self._told(event), "mark": self._viewer.mark})
        if web.sessions.find(self._visit.session_id, touch=False) is None:
            self._ended = True
            return _line("signed_out", {})
        if time.monotonic() - self._commented >= COMMENT_S:
            self._commented = time.monotonic()
            return b": still here\n\n" + self._pulse()
        return self._pulse()

    def close(self) -> None:
        self._visit.web.live.leave(self._viewer)

    def _told(self, event: Event) -> dict[str, Any]:
        """What the browser needs of an event: pages fetch their own parts anew, only news is spoken."""
        if event.name == "box":
            return {"running": bool(event.data.get("running"))}
        words = _announced(event, self._visit)
        if not words or words == self._said:
            return {}
        self._said = words
        return {"say": words}

    def _pulse(self) -> bytes:
        return _line("pulse", {"running": self._visit.web.live.connected, "mark": self._viewer.mark})


def _announced(event: Event, visit: Visit) -> str:
    """What a screen reader says of an event: a call that comes in (again when the caller is known), who waits, news."""
    words = SPOKEN.get(event.name)
    return words(event.data, visit) if words is not None else ""


def _news(data: Data, visit: Visit) -> str:
    if data.get("state") != "new" or "new_messages" in data or "new_faxes" in data:
        return ""  # it is no news: somebody has touched it
    if data.get("progress", "waiting") != "waiting":
        return ""  # said once, when all its pages are there
    if not visit.may("messages.hear", data.get("mailbox")):
        return ""  # a colleague's
    return visit.t("live.fax" if "fax" in data else "live.message")


def _call(data: Data, visit: Visit) -> str:
    if data.get("direction") != "in" or data.get("stage") != "ringing":
        return ""
    with visit.web.box.reading(True) as db:
        call = live_call(data, visit, db)
    known = data.get("number_raw") or data.get("name") or data.get("presentation")
    return visit.t("live.calling", who=call.who) if known else visit.t("live.ringing", line=call.line or "")


def _waits(data: Data, visit: Visit) -> str:
    return visit.t("live.waiting", who=waiting_caller(data, visit) or "", line=data.get("line") or "")


SPOKEN: dict[str, Callable[[Data, Visit], str]] = {"message": _news, "call": _call, "waiting": _waits}
"""The events of the box that are said aloud."""


def _line(name: str, data: dict[str, Any]) -> bytes:
    """One event on the wire. JSON escapes line ends, so nothing from a caller can end the event early."""
    safe = "".join(c for c in name if c.isalnum() or c in "_.") or "event"
    return f"event: {safe}\ndata: {json.dumps(data)}\n\n".encode()
