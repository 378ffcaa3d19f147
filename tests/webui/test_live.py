"""What is live: one subscription, many viewers, and an honest word when it is lost."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from bottle import request

from firmware.control_client import Event
from tests.webui.conftest import Browser
from tests.webui.office import Office
from webui.application import _recognise, _visit, routes
from webui.live import MOST_VIEWERS, BrowserLeft, Live, Viewer
from webui.pages import stream
from webui.web import Web


@pytest.fixture
def live(office: Office, web: Web) -> Iterator[Live]:
    """The office's subscription, running."""
    viewer = web.live.join()
    assert viewer is not None
    web.live.start()
    assert _until(viewer, "box").data == {"running": True}
    web.live.leave(viewer)
    yield web.live
    web.live.close()


def _until(viewer: Viewer, name: str) -> Event:
    """The next event of that name; fails when none comes in 10 s."""
    for _ in range(100):
        event = viewer.next(10.0)
        assert event is not None, f"no {name} came"
        if event.name == name:
            return event
    raise AssertionError(f"a hundred events and no {name}")


def _stream(web: Web, browser: Browser, marks: list[str] | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of /events as a browser reads them; their marks are added to ``marks``."""
    marks = [] if marks is None else marks
    environ = {
        "PATH_INFO": "/events",
        "REQUEST_METHOD": "GET",
        "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in browser.jar.items()),
    }
    request.bind(environ)
    visit = _visit(web)
    _recognise(visit, next(route for route in routes() if route.path == "/events"))
    reply = stream.events(visit)
    assert not isinstance(reply, str)
    body = iter(reply.body)
    try:
        for chunk in body:
            assert isinstance(chunk, bytes)
            for block in chunk.decode().split("\n\n"):
                lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
                if "event" in lines:
                    data = json.loads(lines["data"])
                    marks.append(data.pop("mark", ""))
                    yield lines["event"], data
    finally:
        reply.body.close()  # type: ignore[union-attr]


def test_every_viewer_gets_every_event_of_one_subscription(office: Office, live: Live) -> None:
    viewers = [live.join() for _ in range(3)]
    office.publish("setting", key="box.name", value="A")
    for viewer in viewers:
        assert viewer is not None
        assert _until(viewer, "setting").data == {"key": "box.name", "value": "A"}
        live.leave(viewer)


def test_what_happens_between_a_page_and_its_stream_shows_in_the_mark(
    office: Office, web: Web, live: Live, anna: Browser
) -> None:
    def mark_of_a_page() -> str:
        found = re.search(r'data-mark="([^"]+)"', anna.get("/help").text)
        assert found is not None
        return found[1]

    marks: list[str] = []
    quiet = mark_of_a_page()
    first = _stream(web, anna, marks)
    assert next(first) == ("pulse", {"running": True})
    assert marks == [quiet]
    office.publish("setting", key="box.name", value="A")
    assert next(first) == ("setting", {})
    assert next(_stream(web, anna, marks)) == ("pulse", {"running": True})
    assert marks[1] == marks[2] == mark_of_a_page() != quiet


def test_a_viewer_notices_at_once_that_its_browser_has_left(live: Live) -> None:
    viewer = live.join()
    assert viewer is not None
    box, browser = socket.socketpair()
    with box:
        live.tell(Event("line", {}))
        browser.close()
        assert _until(viewer, "line").name == "line"  # what has come is still handed on
        with pytest.raises(BrowserLeft):
            viewer.next(3600.0, box.fileno())
    live.leave(viewer)
    viewer.put(Event("line", {}))  # a last event on its way to a viewer that has gone


def test_there_is_a_cap_on_viewers_and_a_place_is_given_back(live: Live) -> None:
    viewers = [live.join() for _ in range(MOST_VIEWERS)]
    assert None not in viewers
    assert live.join() is None
    assert viewers[0] is not None
    live.leave(viewers[0])
    assert live.join() is not None


def test_a_viewer_that_does_not_read_is_told_to_fetch_anew_and_holds_nobody_back(office: Office, live: Live) -> None:
    slow, quick = live.join(), live.join()
    assert slow is not None
    assert quick is not None
    done = threading.Event()
    got: list[int] = []

    def read() -> None:
        while len(got) < 300:
            got.append(int(_until(quick, "rules").data["id"]))
        done.set()

    threading.Thread(target=read, daemon=True).start()
    for n in range(300):
        office.publish("rules", id=n)
        if n % 50 == 49:
            done.wait(0.05)
    assert done.wait(10)
    assert got == list(range(300))
    assert _until(slow, "resync").data == {}


def test_viewers_are_told_when_the_box_stops_and_when_it_is_back(office: Office, live: Live) -> None:
    viewer = live.join()
    assert viewer is not None
    office.stop()
    assert _until(viewer, "box").data == {"running": False}
    assert not live.connected
    office.start()
    assert _until(viewer, "box").data == {"running": True}
    office.publish("call", id=1)
    assert _until(viewer, "call").data == {"id": 1}


def test_the_stream_tells_who_waits_in_mid_call(office: Office, web: Web, live: Live, anna: Browser) -> None:
    events = _stream(web, anna)
    assert next(events) == ("pulse", {"running": True})
    office.publish("waiting", call=7, line="A", number="+15145550199", name="Anna Lee", reason=None)
    assert next(events) == ("waiting", {"say": "Anna Lee is waiting on line A."})
    office.publish("waiting", call=7, line="A", number=None, name=None, reason=None)
    assert next(events) == ("waiting", {"say": "Unknown caller is waiting on line A."})


def test_the_stream_tells_of_a_new_call_once(office: Office, web: Web, live: Live, anna: Browser) -> None:
    paul = office.contact("Paul Roy", "+15145550188")
    events = _stream(web, anna)
    assert next(events) == ("pulse", {"running": True})
    ringing = {"id": 7, "direction": "in", "line": "A", "stage": "ringing"}
    known = {**ringing, "contact": paul, "number_raw": "5145550188", "presentation": "allowed"}
    office.publish("call", **ringing)
    office.publish("call", **known)
    office.publish("call", **known)
    office.publish("call", **{**known, "stage": "greeting"})
    office.publish("message", id=3, state="new")
    office.publish("message", id=3, state="new", new_messages=1)  # marked as new again: no news
    told: list[tuple[str, dict[str, Any]]] = []
    while len(told) < 6:
        event = next(events)
        if event[0] != "pulse":
            told.append(event)
    events.close()  # type: ignore[attr-defined]
    assert [data.get("say") for _, data in told] == [
        "Line A is ringing.", "Paul Roy is calling.", None, None, "A new message has come in.", None,
    ]  # fmt: skip


def test_a_name_from_the_line_cannot_end_an_event_early(office: Office, web: Web, live: Live, anna: Browser) -> None:
    events = _stream(web, anna)
    next(events)
    name = "x\n\nevent: signed_out\ndata: {}"
    office.publish("call", id=1, direction="in", stage="ringing", line="A", name=name, presentation="allowed")
    event = next(events)
    while event[0] == "pulse":
        event = next(events)
    assert event[0] == "call"
    assert "signed_out" in event[1]["say"]
    assert "\n" not in event[1]["say"].strip()
    events.close()  # type: ignore[attr-defined]


def test_the_stream_ends_with_the_session_and_gives_its_place_back(
    office: Office, web: Web, live: Live, anna: Browser
) -> None:
    events = _stream(web, anna)
    next(events)
    session = web.sessions.find(anna.jar["__Host-frontdesk"])
    assert session is not None
    web.sessions.end(session.user, session.handle)
    assert list(events) == [("signed_out", {})]
    assert len([viewer for viewer in (live.join() for _ in range(MOST_VIEWERS)) if viewer]) == MOST_VIEWERS


def test_the_comment_line_comes_every_fifteen_seconds(monkeypatch: pytest.MonkeyPatch, web: Web, anna: Browser) -> None:
    assert stream.COMMENT_S == 15.0
    assert stream.PULSE_S <= 2.0  # two pulses fit into the 5 s within which the page must notice
    now = [0.0]
    monkeypatch.setattr("webui.pages.stream.time.monotonic", lambda: now[0])
    viewer = Viewer()
    monkeypatch.setattr(viewer, "next", lambda wait_s, connection: now.__setitem__(0, now[0] + wait_s))

    seen = {"web": web, "session_id": anna.jar["__Host-frontdesk"], "connection": None}
    visit: Any = type("Visit", (), seen)()
    body = stream._Stream(visit, viewer)
    chunks = [next(body) for _ in range(20)]
    commented = [place for place, chunk in enumerate(chunks) if chunk.startswith(b": ")]
    assert commented == [8, 16]


def test_no_place_left_is_said_with_when_to_try_again(web: Web, anna: Browser) -> None:
    for _ in range(MOST_VIEWERS):
        web.live.join()
    answer = anna.get("/events")
    assert (answer.status, answer.header("Retry-After")) == (503, "30")
    assert "Too many pages are watching" in answer.text
