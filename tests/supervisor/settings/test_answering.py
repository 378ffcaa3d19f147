"""The office as it is in force: its rules from the store, and what a person has set; a bad row stops no call."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from firmware.supervisor.rules.callers import Caller
from firmware.supervisor.rules.decide import decide
from firmware.supervisor.settings.answering import office_of
from firmware.supervisor.store import rules
from firmware.supervisor.store.database import Database

AT = datetime(2026, 3, 2, 10, 0)
BLOCK = {"kind": "block", "number": "+15145550123"}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "frontdesk.db")
    yield made
    made.stop()


def test_the_rules_in_the_store_and_the_status_that_is_set_are_in_force(database: Database) -> None:
    database.write(rules.add, BLOCK).result()
    found = database.write(office_of, {}).result()
    assert decide(AT, "A", Caller("+15145550123"), found).what == "blocked"
    assert decide(AT, "A", Caller("+15145550188"), found).what == "reach"
    found = database.write(office_of, {"status": "out", "status_until": "2026-03-02T10:01"}).result()
    assert decide(AT, "A", Caller("+15145550188"), found).what == "message"
    assert decide(AT.replace(minute=1), "A", Caller("+15145550188"), found).what == "reach"


def test_a_rule_that_means_nothing_is_left_out_and_said(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    def damage(connection: sqlite3.Connection) -> None:
        for text in ("{", "7", json.dumps({"kind": "telepathy"}), json.dumps(BLOCK)):
            connection.execute("INSERT INTO rules (position, rule) VALUES (1, ?)", (text,))

    database.write(damage).result()
    found = database.write(office_of, {}).result()
    assert decide(AT, "A", Caller("+15145550123"), found).what == "blocked"
    assert "rules: rule 1: expected an object; it is left out" in caplog.text
    assert "rules: rule 3: kind: expected one of hours" in caplog.text
