"""Wrong log-ins cost growing time, kept over restarts.

Two counters per try: the address (IPv6: its /64), and the address with the name. Three tries are free; from the fourth
on the wait doubles (2 s, 4 s, ... up to 15 minutes). A try is counted as wrong *before* the password is looked at and
forgiven when it was right, so that a hundred tries at the same moment do not get a hundred answers.

A third counts the name alone, for tries from many addresses: softer, and passed by a device on which this name has
logged in before. So nobody in the LAN can lock the owner out of his own.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from firmware.supervisor.rules.lockout import Lockout
from webui.addresses import place_of
from webui.state import State

LOCKOUT = Lockout(free=3, first_s=2.0, longest_s=15 * 60.0)
OF_A_NAME = Lockout(free=10, first_s=2.0, longest_s=60.0)
_FORGET_S = 24 * 3600.0
_MOST_KEYS = 10_000


class Throttle:
    """Counts tries.

    Args:
        state: the web process's own database.
        now: wall clock in seconds since 1970.
    """

    def __init__(self, state: State, now: Callable[[], float] = time.time) -> None:
        self._state = state
        self._now = now

    def begin_try(self, address: str, name: str, known: bool = False) -> float:
        """Asks leave for one try; `known`: from a device on which this name has logged in before.

        Returns:
            0.0 when it may be made (it is then counted as wrong until `forgive`), else the seconds still to wait.
        """
        now = self._now()
        counted = {key: rule for key, rule in _keys(address, name).items() if not (known and rule is OF_A_NAME)}
        with self._state.transaction() as db:
            db.execute("DELETE FROM tries WHERE last_s < ?", (now - _FORGET_S,))
            db.execute(
                "DELETE FROM tries WHERE key IN (SELECT key FROM tries ORDER BY last_s DESC LIMIT -1 OFFSET ?)",
                (_MOST_KEYS,),
            )
            rows = {key: db.execute("SELECT * FROM tries WHERE key = ?", (key,)).fetchone() for key in counted}
            # A clock that jumped back must not turn a wait of seconds into one of years.
            waits = [min(row["retry_s"] - now, counted[key].longest_s) for key, row in rows.items() if row is not None]
            if any(wait > 0 for wait in waits):
                return float(max(waits))
            for key, row in rows.items():
                wrong = (row["wrong"] if row is not None else 0) + 1
                retry_s = now + counted[key].wait_s(wrong)
                db.execute("INSERT OR REPLACE INTO tries VALUES (?, ?, ?, ?)", (key, wrong, now, retry_s))
        return 0.0

    def forgive(self, address: str, name: str) -> None:
        """The try was right: its counters start anew."""
        with self._state.transaction() as db:
            db.executemany("DELETE FROM tries WHERE key = ?", [(key,) for key in _keys(address, name)])


def _keys(address: str, name: str) -> dict[str, Lockout]:
    """What a try counts for, and the rule of each."""
    place, who = place_of(address), name.casefold()
    rules = {place: LOCKOUT, f"{place}\n{who}": LOCKOUT, f"\n{who}": OF_A_NAME}
    return {hashlib.sha256(text.encode()).hexdigest(): rule for text, rule in rules.items()}
