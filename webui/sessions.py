"""Who is logged in, on which device.

A session is an opaque random id in a cookie; here lies only its SHA-256, so a stolen `web.db` opens nothing. On a
shared computer it ends after 10 idle minutes, on a device that its owner called "my device" after 30 days. The role
is not kept here: every request reads it from the store, so that a change of rights works at once.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from webui.state import State

IDLE_S = 10 * 60
KEPT_S = 30 * 24 * 3600
# Writing "last seen" at every request would wear the card; a tenth of the idle time is exact enough.
_SEEN_STEP_S = 60
_MOST_PER_USER = 50


@dataclass(frozen=True)
class Session:
    """One logged-in browser. `handle` names it on the account page without giving the cookie away."""

    handle: str
    user: int
    kept: bool
    agent: str
    address: str
    seen_s: float


class Sessions:
    """Begins, finds and ends sessions.

    Args:
        state: the web process's own database.
        now: wall clock in seconds since 1970.
    """

    def __init__(self, state: State, now: Callable[[], float] = time.time) -> None:
        self._state = state
        self._now = now

    def begin(self, user: int, kept: bool, agent: str, address: str) -> str:
        """Starts a session and returns the id for the cookie. The oldest go when one user has more than 50."""
        identity = secrets.token_urlsafe(32)
        now = self._now()
        with self._state.transaction() as db:
            db.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)",
                (_digest(identity), user, int(kept), agent[:200], address[:64], now, now),
            )
            db.execute(
                "DELETE FROM sessions WHERE user = ?1 AND id_hash NOT IN "
                "(SELECT id_hash FROM sessions WHERE user = ?1 ORDER BY seen_s DESC LIMIT ?2)",
                (user, _MOST_PER_USER),
            )
            db.execute(
                "DELETE FROM sessions WHERE seen_s < ? - CASE kept WHEN 1 THEN ? ELSE ? END", (now, KEPT_S, IDLE_S)
            )
        return identity

    def find(self, identity: str, touch: bool = True) -> Session | None:
        """The living session with this id, or None. `touch=False` for what a page asks on its own: that is not use."""
        now = self._now()
        with self._state.transaction() as db:
            row = db.execute("SELECT * FROM sessions WHERE id_hash = ?", (_digest(identity),)).fetchone()
            if row is None:
                return None
            idle = now - row["seen_s"]
            if idle > (KEPT_S if row["kept"] else IDLE_S):
                db.execute("DELETE FROM sessions WHERE id_hash = ?", (row["id_hash"],))
                return None
            # A clock set back would keep a session for ever; its last use then counts as now.
            if touch and (idle > _SEEN_STEP_S or idle < 0):
                db.execute("UPDATE sessions SET seen_s = ? WHERE id_hash = ?", (now, row["id_hash"]))
        return _session(row)

    def of_user(self, user: int) -> list[Session]:
        """A user's devices, last used first."""
        now = self._now()
        with self._state.transaction() as db:
            rows = db.execute("SELECT * FROM sessions WHERE user = ? ORDER BY seen_s DESC", (user,)).fetchall()
        return [_session(row) for row in rows if now - row["seen_s"] <= (KEPT_S if row["kept"] else IDLE_S)]

    def end(self, user: int, handle: str) -> bool:
        """Signs one of the user's devices out; False when it was not there."""
        with self._state.transaction() as db:
            return db.execute("DELETE FROM sessions WHERE user = ? AND id_hash = ?", (user, handle)).rowcount > 0

    def end_others(self, user: int, but: str) -> None:
        """Signs all of the user's devices out, except the one with handle `but` (after a change of password)."""
        with self._state.transaction() as db:
            db.execute("DELETE FROM sessions WHERE user = ? AND id_hash <> ?", (user, but))


def _digest(identity: str) -> str:
    return hashlib.sha256(identity.encode()).hexdigest()


def _session(row: object) -> Session:
    values = dict(row)  # type: ignore[call-overload]
    return Session(
        handle=values["id_hash"],
        user=values["user"],
        kept=bool(values["kept"]),
        agent=values["agent"],
        address=values["address"],
        seen_s=values["seen_s"],
    )
