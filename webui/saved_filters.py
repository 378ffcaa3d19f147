"""Filters of the Calls page that a user has given a name: what one looks for every month is one press."""

from __future__ import annotations

from webui.state import State

MOST = 20


class SavedFilters:
    """Each user's own, in the web process's database."""

    def __init__(self, state: State) -> None:
        self._state = state

    def of(self, user: int) -> list[tuple[int, str, str]]:
        """(id, name, query string), by name."""
        with self._state.transaction() as db:
            rows = db.execute(
                "SELECT id, name, query FROM filters WHERE user = ? ORDER BY name COLLATE NOCASE", (user,)
            ).fetchall()
        return [(int(row["id"]), str(row["name"]), str(row["query"])) for row in rows]

    def keep(self, user: int, name: str, query: str) -> None:
        """Under a name that is there already it takes the other's place; of more than 20 the oldest goes."""
        with self._state.transaction() as db:
            db.execute("INSERT OR REPLACE INTO filters (user, name, query) VALUES (?, ?, ?)", (user, name, query))
            db.execute(
                "DELETE FROM filters WHERE user = ?1 AND id NOT IN "
                "(SELECT id FROM filters WHERE user = ?1 ORDER BY id DESC LIMIT ?2)",
                (user, MOST),
            )

    def forget(self, user: int, number: int) -> bool:
        """One of the user's own; False where it is none."""
        with self._state.transaction() as db:
            return db.execute("DELETE FROM filters WHERE user = ? AND id = ?", (user, number)).rowcount > 0
