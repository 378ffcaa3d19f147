"""The acts that everything in a mailbox shares, a message as much as a fax: mark, delete, restore, count what is new.

Each thing has one state wherever it is touched: telephone, page or mail link all come here. Delete keeps the row and
the state it had, so that an undo gives back what was; ``retention`` deletes for good. Pressing twice, or two people
pressing at once, is no error: delete and restore say whether they changed anything.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal

from firmware.supervisor.store.errors import Conflict, NotFound

MARKS = ("new", "heard", "saved")
GOING_MS = 0  # ``deleted_ms`` of what ``retention`` is taking away: no way back


@dataclass(frozen=True)
class Kind:
    """One kind of thing in a mailbox: its table, and its name in sentences and in the audit log.

    Each method runs inside one job or snapshot.
    """

    table: Literal["messages", "faxes"]
    name: str

    def mark(self, connection: sqlite3.Connection, row: int, wanted: str) -> None:
        """Make it 'new', 'heard' or 'saved'. Raises ``NotFound``; ``Conflict`` when it is deleted or no such state."""
        if wanted not in MARKS:
            raise Conflict(f"a {self.name} is marked {', '.join(MARKS)}")
        if self.state(connection, row) == "deleted":
            raise Conflict(f"{self.name} {row} is deleted; restore it first")
        connection.execute(f"UPDATE {self.table} SET state = ? WHERE id = ?", (wanted, row))

    def delete(self, connection: sqlite3.Connection, row: int, now_ms: int) -> bool:
        """Delete with a way back; False when it was deleted already. Raises ``NotFound``."""
        if self.state(connection, row) == "deleted":
            return False
        connection.execute(
            f"UPDATE {self.table} SET before_delete = state, state = 'deleted', deleted_ms = ? WHERE id = ?",
            (now_ms, row),
        )
        return True

    def restore(self, connection: sqlite3.Connection, row: int) -> bool:
        """Take a delete back; False when it was not deleted. Raises ``NotFound``."""
        if self.state(connection, row) != "deleted":
            return False
        connection.execute(
            f"UPDATE {self.table} SET state = before_delete, before_delete = NULL, deleted_ms = NULL WHERE id = ?",
            (row,),
        )
        return True

    def destroy(self, connection: sqlite3.Connection, row: int) -> None:
        """Take one that is deleted away for good: nobody sees it from now on, its file goes with the next round of
        housekeeping. Raises ``NotFound``; ``Conflict`` when it is not deleted."""
        if self.state(connection, row) != "deleted":
            raise Conflict(f"{self.name} {row} is not deleted")
        connection.execute(f"UPDATE {self.table} SET deleted_ms = ? WHERE id = ?", (GOING_MS, row))

    def state(self, connection: sqlite3.Connection, row: int) -> str:
        """Its state: new, heard, saved or deleted. Raises ``NotFound``, also for one that is going for good."""
        return str(self._row(connection, row)["state"])

    def mailbox(self, connection: sqlite3.Connection, row: int) -> int:
        """Whose it is. Raises ``NotFound`` as ``state`` does."""
        return int(self._row(connection, row)["mailbox"])

    def _row(self, connection: sqlite3.Connection, row: int) -> sqlite3.Row:
        found: sqlite3.Row | None = connection.execute(
            f"SELECT state, mailbox FROM {self.table} WHERE id = ? AND coalesce(deleted_ms, 1) <> ?", (row, GOING_MS)
        ).fetchone()
        if found is None:
            raise NotFound(f"there is no {self.name} {row}")
        return found

    def count_new(self, connection: sqlite3.Connection, mailbox: int = 1) -> int:
        """Those that nobody has attended to: the lamp, the stutter tone and the page's badge."""
        found = connection.execute(
            f"SELECT count(*) FROM {self.table} WHERE mailbox = ? AND state = 'new'", (mailbox,)
        ).fetchone()
        return int(found[0])


MESSAGES = Kind("messages", "message")
FAXES = Kind("faxes", "fax")
