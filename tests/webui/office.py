"""A box for the page's tests: the real store, the real control socket, and a telephone side that the test sets.

What stands in is only `commands.Box` (its few methods), since no telephone is needed to see what a page does: the
state of lines and live calls is whatever the test last said.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import argon2
import numpy as np

from drivers.signals import g711
from drivers.signals.countries import country
from firmware.supervisor.control.server import ControlServer
from firmware.supervisor.desk.desk import Desk, Dialled
from firmware.supervisor.events import Events, check
from firmware.supervisor.recordings import wavefile
from firmware.supervisor.rules.numbers import Numbers
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store import calls, contacts, messages, recordings
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import Conflict, NotFound
from firmware.supervisor.store.mailbox import MESSAGES
from webui.box import Box
from webui.first_code import FirstCode
from webui.live import Live
from webui.passwords import Passwords
from webui.saved_filters import SavedFilters
from webui.sessions import Sessions
from webui.state import State
from webui.throttle import Throttle
from webui.web import Web

T = TypeVar("T")
PASSWORD = "four blue horses"
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HOUR_MS = 3_600_000
LINK = {"frames": 12345, "bad_frames": 0, "resent": 1, "round_trip_ms": 41.4968}
OFFSET_MIN = int(time.localtime().tm_gmtoff // 60)


class TelephoneSide:
    """What the box's lines and calls are like; the test says so."""

    def __init__(self, events: Events) -> None:
        self.events = events
        self.drilled: list[str] = []
        self.lines = {"A": "idle", "B": "idle"}
        self.handsets = {"C": "idle", "D": "idle"}
        self.calls: list[dict[str, Any]] = []
        self.dialled: list[tuple[str, str]] = []
        self.sent: Dialled | None = None
        self.hung_up: list[int] = []
        self.restarted = 0
        self.faults: list[dict[str, str]] = []

    def status(self) -> dict[str, Any]:
        return {
            "clock": "2026-03-02T10:00:00-05:00",
            "in_service": True,
            "lines": [
                {"name": name, "label": f"Line {name}", "state": state, "volts": 48.0, "ma": 0.0}
                for name, state in self.lines.items()
            ],
            "handsets": [
                {"name": name, "label": f"Handset {name}", "state": state, "volts": None, "ma": None}
                for name, state in self.handsets.items()
            ],
            "calls": self.calls,
            "link": LINK,
        }

    def health(self) -> dict[str, Any]:
        well = [
            {"name": "HAT", "state": "ok", "text": "The HAT answers (firmware 0.1).", "remedy": ""},
            {"name": "Line A", "state": "ok", "text": "The line is idle.", "remedy": ""},
            {"name": "Disk", "state": "ok", "text": "21.4 GB are free.", "remedy": ""},
        ]
        return {"checks": well + self.faults, "link": LINK, "version": "0.1.0"}

    async def hang_up(self, call: int) -> None:
        if call not in [live["id"] for live in self.calls]:
            raise NotFound(f"there is no live call {call}")
        self.hung_up.append(call)

    async def drill(self, handset: str, user: int | None) -> int:
        self.drilled.append(handset)
        return 1

    def restart(self) -> None:
        if self.calls:
            raise Conflict("a call is going on")
        self.restarted += 1

    def seen(self, call: int) -> None:
        self.events.publish("emergency", {"id": call, "seen": True})

    async def dial(self, handset: str, number: str, user: int | None, dialled: Dialled | None = None) -> int:
        """Rings until the test says ``lift``, which has the number sent."""
        if self.handsets[handset] != "idle":
            raise Conflict(f"handset {handset} is in use")
        self.dialled.append((handset, number))
        self.sent = dialled
        return 1


class Office:
    """A running box with its store in `home`. `start()` opens the control socket, `stop()` closes it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        (home / "recordings").mkdir(exist_ok=True)
        self.events = Events()
        self.telephone = TelephoneSide(self.events)
        self.database: Database | None = None
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._server: ControlServer | None = None

    def start(self) -> None:
        """The supervisor comes up."""
        self.database = Database(self.home / "frontdesk.db")
        settings = Settings.load(self.home)
        desk = Desk(
            self.database,
            settings,
            self.events,
            Numbers(country(settings.text("box.country")), ""),
            self.telephone,
            lambda: int(time.time() * 1000),
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="office", daemon=True)
        self._thread.start()
        self._server = ControlServer(self.home / "run" / "control.sock", desk)
        asyncio.run_coroutine_threadsafe(self._server.start(), self._loop).result(10)

    def stop(self) -> None:
        """The supervisor stops cleanly."""
        if self._server is None or self._thread is None or self.database is None:
            return
        asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self.database.stop()
        self._server = self._thread = self.database = None

    def publish(self, name: str, /, **data: Any) -> None:
        """Something happens on the box."""
        check(name, data)
        self._loop.call_soon_threadsafe(self.events.publish, name, data)

    def write(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """One transaction of the supervisor's."""
        assert self.database is not None
        return self.database.write(fn, *args, **kwargs).result(30)

    def web(self, **changes: Any) -> Web:
        """The page's services over this box; cheap passwords, no stream started."""
        state = State(self.home / "web")
        box = Box(self.home)
        given: dict[str, Any] = {
            "box": box,
            "live": Live(box.client),
            "state": state,
            "sessions": Sessions(state),
            "throttle": Throttle(state),
            "passwords": Passwords(CHEAP),
            "first_code": FirstCode(self.home / "web"),
            "filters": SavedFilters(state),
            "names": frozenset({"box.local"}),
            "country": "CA",
        }
        return Web(**{**given, **changes})

    def lift(self) -> None:
        """The handset that rings is lifted, and the number goes out."""
        assert self.telephone.sent is not None
        asyncio.run_coroutine_threadsafe(self.telephone.sent(), self._loop).result(30)

    # What stands in the store

    def user(self, name: str = "anna", role: str = "admin") -> int:
        """A user with PASSWORD."""

        def create(connection: Any) -> int:
            cursor = connection.execute(
                "INSERT INTO users (name, role, password_hash, created_ms) VALUES (?, ?, ?, 0)",
                (name, role, CHEAP.hash(PASSWORD)),
            )
            return int(cursor.lastrowid)

        return self.write(create)

    def contact(self, name: str, number: str, **fields: Any) -> int:
        """A contact with one number."""
        raw = number.removeprefix("+1")
        new = contacts.NewContact(name=name, numbers=[contacts.NewNumber("mobile", raw, number, True)], **fields)
        return self.write(contacts.create, new, 0)

    def call(self, ago_h: float, outcome: str = "connected", *, talk_s: float = 60.0, **columns: Any) -> int:
        """A call that ended, `ago_h` hours ago."""
        started_ms = int(time.time() * 1000 - ago_h * HOUR_MS)
        direction = columns.pop("direction", "in")

        def create(connection: Any) -> int:
            call = calls.begin(
                connection, direction, started_ms=started_ms, utc_offset_min=OFFSET_MIN, **{"line": "A", **columns}
            )
            calls.change(connection, call, answered_how="exact", answered_ms=started_ms + 6000, ring_s=6.0)
            if outcome == "connected":
                calls.change(connection, call, answered_by="person", person_ms=6000)
            calls.segment_begin(connection, call, "handset" if outcome == "connected" else "assistant", "", 6.0)
            calls.end(
                connection,
                call,
                outcome=outcome,
                ended_ms=started_ms + 6000 + int(talk_s * 1000),
                at_s=6.0 + talk_s,
                hung_up_by="far end",
                why="loop drop",
            )
            return call

        return self.write(create)

    def message(self, ago_h: float, *, seconds: float = 8.0, important: bool = False, **columns: Any) -> int:
        """A call that left a message with real audio in it; returns the message's id."""
        call = self.call(ago_h, "message", talk_s=seconds + 10, **columns)
        started_ms = int(time.time() * 1000 - ago_h * HOUR_MS)
        path = f"message-{call}.wav"
        samples = speech_like(seconds, seed=call)
        coded = g711.encode(samples, "mu").tobytes()
        (self.home / "recordings" / path).write_bytes(wavefile.header("mu", len(coded)) + coded)

        def create(connection: Any) -> int:
            recording = recordings.begin(
                connection, call=call, kind="message", path=path, law="mu", started_ms=started_ms + 14_000
            )
            recordings.finish(connection, recording, len(coded))
            for at_s, kind, detail, why in timeline(seconds, columns):
                calls.event(connection, call, at_s, kind, detail, why)
            return messages.create(
                connection,
                call=call,
                recording=recording,
                received_ms=started_ms + int((16 + seconds) * 1000),
                utc_offset_min=OFFSET_MIN,
                important=important,
            )

        return self.write(create)

    def many_calls(self, count: int) -> None:
        """A busy office's years: `count` calls, five minutes apart."""
        now_ms = int(time.time() * 1000)
        outcomes = ("connected", "message", "missed", "no message", "busy", "no answer")

        def fill(connection: Any) -> None:
            connection.executemany(
                "INSERT INTO calls (direction, line, number_raw, number_e164, presentation, name, client, outcome, "
                "started_ms, utc_offset_min, talk_s, billable_s) VALUES (?, ?, ?, ?, 'allowed', ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        ("in", "out")[n % 2],
                        "AB"[n % 3 == 0],
                        f"514555{n % 10000:04}",
                        f"+1514555{n % 10000:04}",
                        f"Caller {n % 977}",
                        f"Client {n % 40}" if n % 5 == 0 else "",
                        outcomes[n % 6],
                        now_ms - n * 300_000,
                        OFFSET_MIN,
                        float(n % 600),
                        n % 600,
                    )
                    for n in range(count)
                ),
            )

        self.write(fill)


def timeline(seconds: float, columns: dict[str, Any]) -> list[tuple[float, str, dict[str, Any], str]]:
    """The events of a message call, as the supervisor notes them."""
    given: dict[str, Any] = {key: columns[key] for key in ("number_e164", "name") if key in columns}
    return [
        (2.0, "ring", {"number": 1, "ms": 2000}, ""),
        (3.2, "caller id", {**given, "presentation": "allowed"}, "checksum good"),
        (3.3, "decision", {"contact": "Paul Roy"}, "the number is a contact's"),
        (6.0, "answered", {"how": "exact"}, ""),
        (14.0 + seconds, "key", {"key": "#"}, ""),
        (14.1 + seconds, "recorded", {"seconds": seconds}, "pound"),
        (16.0 + seconds, "end", {"outcome": "message", "hung_up_by": "far end"}, "loop drop"),
    ]


def speech_like(seconds: float, seed: int = 1) -> Any:
    """Syllables of a hum at 8 kHz, so that an outline looks as speech does and a player has something to play."""
    rng = np.random.default_rng(seed)
    count = int(seconds * 8000)
    at = np.arange(count) / 8000
    syllables, phrases = np.arange(0, seconds + 0.3, 0.11), np.arange(0, seconds + 2.0, 0.9)
    loud = np.interp(at, syllables, rng.uniform(0, 1, len(syllables)) ** 2)
    loud *= np.interp(at, phrases, rng.choice([0.1, 0.7, 1.0], len(phrases)))
    hum = np.sin(2 * np.pi * 140 * at) + 0.6 * np.sin(2 * np.pi * 480 * at) + 0.3 * np.sin(2 * np.pi * 1300 * at)
    return (hum * loud * 7000).astype(np.int16)


def seed_office(office: Office) -> None:
    """An ordinary morning: contacts, new and old messages, missed callers, a few weeks of calls."""
    paul = office.contact("Paul Roy", "+15145550188", company="Roy & Martin", client="Roy")
    marie = office.contact("Marie Tremblay", "+14185550142", company="Tremblay Notaires", client="Tremblay")
    office.contact("Éric Gagnon", "+15145550177")
    office.contact("Ada Osei", "+442079460123", company="Osei Partners")
    allowed: dict[str, Any] = {"presentation": "allowed"}
    p: dict[str, Any] = {
        "contact": paul,
        "number_e164": "+15145550188",
        "number_raw": "5145550188",
        "name": "ROY PAUL",
        **allowed,
    }
    m: dict[str, Any] = {
        "contact": marie,
        "number_e164": "+14185550142",
        "number_raw": "4185550142",
        "name": "TREMBLAY",
        **allowed,
    }
    office.message(0.2, seconds=24, important=True, client="Roy", **p)
    office.message(1.4, seconds=11, number_e164="+15145550123", number_raw="5145550123", **allowed)
    office.message(2.1, seconds=37, client="Tremblay", **m)
    office.call(
        0.6, "missed", talk_s=0, number_e164="+15145550199", number_raw="5145550199", name="LAVOIE J", **allowed
    )
    office.call(
        0.9, "missed", talk_s=0, number_e164="+15145550199", number_raw="5145550199", name="LAVOIE J", **allowed
    )
    office.call(3.0, "no message", talk_s=4, presentation="private")
    for n in range(60):
        person = (p, m, {"number_e164": f"+1514555{1000 + n}", "number_raw": f"514555{1000 + n}", **allowed})[n % 3]
        office.call(
            1.0 + n * 7.3,
            ("connected", "connected", "message", "no answer", "busy")[n % 5],
            talk_s=30.0 + n * 11 % 900,
            direction=("in", "out")[n % 2],
            line="AB"[n % 4 == 0],
            client=("Roy", "Tremblay", "")[n % 3],
            matter=("2026-014", "", "")[n % 3],
            **person,
        )
    office.write(MESSAGES.mark, office.message(30, seconds=18, number_e164="+15145550177", **allowed), "heard")
    office.write(MESSAGES.mark, office.message(80, seconds=52, **m), "saved")
