"""What the box wrote down, read from its store after a scenario, in the form that expectations and JSON use.

Only what is the same in every run of the same file appears here: no random file names and no wall-clock moments of the
machine. Reads the database read-only; raises OSError or sqlite3.Error when there is none.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.signals import g711
from firmware.supervisor.store.reader import Reader

CALL_COLUMNS = (
    "id direction line port extension user mailbox language placed number number_raw number_e164 presentation name "
    "contact client matter important emergency drill status_at outcome answered_how started_ms utc_offset_min "
    "answered_ms seen_ms seen_by ended_ms ring_s talk_s billable_s hung_up_by why answered_by person_ms with_box_s "
    "call_back call_back_ms"
).split()
MESSAGE_COLUMNS = (
    "id mailbox call received_ms utc_offset_min important state interrupted note samples length_s recording number "
    "line contact"
).split()
FAX_COLUMNS = "id mailbox call received_ms utc_offset_min state pages sender pdf number line contact".split()

_CALLS = """
    SELECT calls.*, contacts.name AS contact_name FROM calls LEFT JOIN contacts ON contacts.id = calls.contact
    ORDER BY calls.id
"""
_MESSAGES = """
    SELECT messages.id, messages.mailbox, messages.call, messages.received_ms, messages.utc_offset_min,
           messages.important, messages.state, messages.interrupted, messages.note,
           recordings.samples, recordings.state AS recording, recordings.law, recordings.path,
           calls.number_e164 AS number, calls.line, contacts.name AS contact
    FROM messages JOIN recordings ON recordings.id = messages.recording JOIN calls ON calls.id = messages.call
    LEFT JOIN contacts ON contacts.id = calls.contact ORDER BY messages.id
"""
_FAXES = """
    SELECT faxes.id, faxes.mailbox, faxes.call, faxes.received_ms, faxes.utc_offset_min, faxes.state, faxes.pages,
           faxes.sender, faxes.path, calls.number_e164 AS number, calls.line, contacts.name AS contact
    FROM faxes JOIN calls ON calls.id = faxes.call LEFT JOIN contacts ON contacts.id = calls.contact ORDER BY faxes.id
"""
_EVENTS = "SELECT call, at_s, kind, detail, why FROM call_events ORDER BY call, id"


@dataclass
class Log:
    """The rows of one box, oldest first, the sound of each message and the TIFF of each fax by its id."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    faxes: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    sound: dict[int, npt.NDArray[np.int16]] = field(default_factory=dict)
    tiffs: dict[int, Path] = field(default_factory=dict)


def read_log(home: Path) -> Log:
    """Everything a scenario may ask about, from a box that has been stopped."""
    log = Log()
    with Reader(home / "frontdesk.db").snapshot(box_stopped=True) as store:
        integrity = store.execute("PRAGMA integrity_check").fetchone()[0]
        if integrity != "ok":
            raise sqlite3.DatabaseError(f"{home / 'frontdesk.db'}: integrity check: {integrity}")
        log.calls = [_call(dict(row)) for row in store.execute(_CALLS)]
        log.events = [_event(dict(row)) for row in store.execute(_EVENTS)]
        for row in map(dict, store.execute(_MESSAGES)):
            path = home / "recordings" / row.pop("path")
            law = row.pop("law")
            row["length_s"] = None if row["samples"] is None else round(row["samples"] / 8000, 3)
            log.messages.append(row)
            if row["recording"] != "deleted":
                log.sound[row["id"]] = read_recording(path, law)
        for row in map(dict, store.execute(_FAXES)):
            log.tiffs[row["id"]] = tiff = home / "faxes" / row.pop("path")
            pdf = tiff.with_suffix(".pdf")
            row["pdf"] = pdf.is_file() and pdf.read_bytes().startswith(b"%PDF")
            log.faxes.append(row)
    return log


def read_recording(path: Path, law: g711.Law) -> npt.NDArray[np.int16]:
    """The samples of a recording: a G.711 WAV file, the data chunk to its end however long the header says it is."""
    raw = path.read_bytes()
    at = raw.find(b"data", 12)
    if raw[:4] != b"RIFF" or at < 0:
        raise OSError(f"{path}: no WAV file")
    size = int.from_bytes(raw[at + 4 : at + 8], "little")
    return g711.decode(np.frombuffer(raw[at + 8 : at + 8 + size], np.uint8), law)


def _call(row: dict[str, Any]) -> dict[str, Any]:
    """A call's row with the short names scenarios use: number is the E.164 one, contact the contact's name."""
    row["number"] = row["number_e164"]
    row["contact"] = row.pop("contact_name")
    return row


def _event(row: dict[str, Any]) -> dict[str, Any]:
    row["detail"] = json.loads(row["detail"])
    return row
