"""How the office wants its calls answered, from its rules and its status; and what that makes of a call.

Where the store fails the office answers as it does without rules: a caller is never turned away for a disk.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from drivers.clock import Calendar, SampleLoop
from firmware.supervisor.rules.callers import Caller
from firmware.supervisor.rules.decide import Office, Outcome, decide
from firmware.supervisor.rules.written import RuleError, office, set_by_person
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.settings.schema import SCHEMA
from firmware.supervisor.store import emergencies, rules
from firmware.supervisor.store.database import Database

log = logging.getLogger(__name__)


def office_of(connection: sqlite3.Connection, stored: Mapping[str, object]) -> Office:
    """The office by its rules and the stored settings; a rule that means nothing to this version is left out."""
    status, until = (str(stored.get(key, SCHEMA[key].default)) for key in ("status", "status_until"))
    found = office(list(rules.kept(connection).values()), set_by_person(status, until), complain=_complain)
    call = emergencies.last_call(connection)
    if call is None:
        return found
    zone = timezone(timedelta(minutes=call.utc_offset_min))
    return replace(found, emergency_at=datetime.fromtimestamp(call.started_ms // 1000, zone).replace(tzinfo=None))


def decided(
    connection: sqlite3.Connection,
    stored: Mapping[str, object],
    at: datetime,
    line: str,
    caller: Caller,
    contact: int | None,
) -> Outcome:
    """What happens to a caller at ``at``, wall clock; ``contact``: the id of the contact it is."""
    found = office_of(connection, stored)
    return decide(at, line, in_groups(caller, contact, found), found)


def in_groups(caller: Caller, contact: int | None, found: Office) -> Caller:
    """The caller with the groups of the contact it is."""
    return caller if contact is None else replace(caller, groups=found.groups_of(contact))


class Answering:
    """Decides about calls by what is in force when they come."""

    def __init__(self, loop: SampleLoop, database: Database, settings: Settings, calendar: Calendar) -> None:
        self._loop = loop
        self._database = database
        self._settings = settings
        self._calendar = calendar

    async def decide(self, line: str, caller: Caller, contact: int | None) -> Outcome:
        """What happens now to a caller on ``line``; ``contact``: the id of the contact it is."""
        stored = {key: self._settings.text(key) for key in ("status", "status_until")}
        at = self._calendar.now().replace(tzinfo=None)
        try:
            return await self._loop.settle(self._database.write(decided, stored, at, line, caller, contact))
        except Exception as error:
            log.error("rules: %s", error)
            return decide(at, line, caller, office([], set_by_person(**stored)))


def _complain(error: RuleError) -> None:
    log.error("rules: %s; it is left out", error)
