"""Mark, delete and restore, for messages and for faxes: what lies in a mailbox has one state, told to all who watch."""

from __future__ import annotations

import sqlite3
from typing import Any

from firmware.supervisor.control.arguments import Argument, one_of, row_id
from firmware.supervisor.control.requests.desk import Actor, Command, Desk, note
from firmware.supervisor.store.mailbox import MARKS, Kind


class Kept:
    """The commands of one kind. ``told_as``: the key of the ``message`` event that holds the id."""

    def __init__(self, kind: Kind, told_as: str) -> None:
        self._kind = kind
        self._told_as = told_as

    def commands(self) -> dict[str, Command]:
        """The part of the table that is about this kind."""
        row = {"id": Argument(row_id)}
        return {
            f"{self._kind.table}.mark": Command("user", self._mark, {**row, "state": Argument(one_of(*MARKS))}),
            f"{self._kind.table}.delete": Command("user", self._delete, row),
            f"{self._kind.table}.restore": Command("user", self._restore, row),
        }

    async def _mark(self, desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
        def change(connection: sqlite3.Connection) -> tuple[str, int]:
            self._kind.mark(connection, args["id"], args["state"])
            return self._now(connection, args["id"])

        self._tell(desk, args["id"], *await desk.write(change))

    async def _delete(self, desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
        now_ms = desk.now_ms()

        def change(connection: sqlite3.Connection) -> tuple[str, int]:
            if self._kind.delete(connection, args["id"], now_ms):
                self._note(connection, actor, now_ms, "delete", args["id"])
            return self._now(connection, args["id"])

        self._tell(desk, args["id"], *await desk.write(change))

    async def _restore(self, desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
        now_ms = desk.now_ms()

        def change(connection: sqlite3.Connection) -> tuple[str, int]:
            if self._kind.restore(connection, args["id"]):
                self._note(connection, actor, now_ms, "restore", args["id"])
            return self._now(connection, args["id"])

        self._tell(desk, args["id"], *await desk.write(change))

    def _now(self, connection: sqlite3.Connection, row: int) -> tuple[str, int]:
        return self._kind.state(connection, row), self._kind.count_new(connection)

    def _note(self, connection: sqlite3.Connection, actor: Actor, now_ms: int, act: str, row: int) -> None:
        note(connection, actor, now_ms, f"{act} {self._kind.name}", f"{self._kind.name}:{row}")

    def _tell(self, desk: Desk, row: int, state: str, new: int) -> None:
        desk.events.publish("message", {self._told_as: row, "state": state, f"new_{self._kind.table}": new})
