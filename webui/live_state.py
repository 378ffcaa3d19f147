"""The box as it is this moment: `status.get` in typed form.

Fields that the box does not send are None or empty; a state this page has no word for is shown as it came.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from firmware.control_client import BoxStopped
from firmware.supervisor.store.queries_contacts import one_contact
from webui.formats import plain
from webui.people import caller_name

if TYPE_CHECKING:
    from webui.visit import Visit


@dataclass(frozen=True)
class PortState:
    """A line or a handset.

    Attributes:
        kind: "line" or "handset".
        label: the name that people gave it.
        state: what it does now, in the box's word.
        volts: on-hook voltage; None where it is not known.
        ma: loop current.
    """

    kind: str
    name: str
    label: str
    state: str
    volts: float | None
    ma: float | None


@dataclass(frozen=True)
class LiveCall:
    """A call going on; `waiting` is who waits on the same line, in words."""

    id: int
    direction: str
    line: str | None
    port: str | None
    stage: str
    who: str
    contact: int | None
    started_ms: int
    emergency: bool
    drill: bool
    waiting: str | None


@dataclass(frozen=True)
class LiveState:
    """What is going on; `running` False: the box is stopped and nothing is known; `in_service` False: the supervisor
    runs but its telephone board does not answer."""

    running: bool
    ports: tuple[PortState, ...] = ()
    calls: tuple[LiveCall, ...] = ()
    in_service: bool = True


def live_state(visit: Visit) -> LiveState:
    """Asks the box what is going on now."""
    if not visit.running:
        return LiveState(running=False)
    try:
        status = visit.ask("status.get")
    except BoxStopped:
        return LiveState(running=False)
    ports = [_port("line", row) for row in _rows(status, "lines")]
    ports += [_port("handset", row) for row in _rows(status, "handsets")]
    calls = [live_call(row, visit, visit.db) for row in _rows(status, "calls")]
    return LiveState(
        running=True,
        ports=tuple(ports),
        calls=tuple(sorted(calls, key=lambda call: call.started_ms)),
        in_service=status.get("in_service") is not False,
    )


def live_call(row: dict[str, Any], visit: Visit, db: sqlite3.Connection) -> LiveCall:
    """A call as the box tells of it, with the contact's name where there is one."""
    contact = row.get("contact")
    known = one_contact(db, contact) if isinstance(contact, int) else None
    number = row.get("number_e164") or row.get("number_raw")
    return LiveCall(
        id=int(row.get("id") or 0),
        direction=_text(row.get("direction")) or "",
        line=_text(row.get("line")),
        port=_text(row.get("port")),
        stage=_text(row.get("stage")) or "",
        who=caller_name(known.name if known else row.get("name"), number, row.get("presentation") or "not_yet", visit),
        contact=contact if isinstance(contact, int) else None,
        started_ms=int(row.get("started_ms") or 0),
        emergency=bool(row.get("emergency")),
        drill=bool(row.get("drill")),
        waiting=waiting_caller(row.get("waiting"), visit),
    )


def waiting_caller(waiting: Any, visit: Visit) -> str | None:
    """Who waits in mid-call, as the box tells of it (`number`, `name`, `reason`); None when nobody does."""
    if not isinstance(waiting, dict):
        return None
    return caller_name(waiting.get("name"), waiting.get("number"), waiting.get("reason") or "unknown", visit)


def _rows(status: Any, key: str) -> list[dict[str, Any]]:
    rows = status.get(key) if isinstance(status, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _port(kind: str, row: dict[str, Any]) -> PortState:
    return PortState(
        kind,
        _text(row.get("name")) or "",
        _given_name(kind, row),
        _text(row.get("state")) or "",
        _number(row.get("volts")),
        _number(row.get("ma")),
    )


def _given_name(kind: str, row: dict[str, Any]) -> str:
    """The name that people gave a port; empty while it has the settings' own, which the page says in its language."""
    label = _text(row.get("label")) or ""
    return "" if label == f"{kind.capitalize()} {row.get('name')}" else label


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _text(value: Any) -> str | None:
    return plain(str(value), 40) if value else None
