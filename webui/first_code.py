"""The code of the first visit: only who is at the box can read it, so nobody else in the LAN becomes its owner.

Six digits, printed where the box is started. It runs out an hour after it was made; the next start makes another. Kept
in `$FRONTDESK_HOME/web/` so that a page that is started again asks for the same; tries are slowed as log-ins are.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
import time
from collections.abc import Callable
from pathlib import Path

LASTS_S = 3600.0
_FILE = "first-visit.code"


class FirstCode:
    """The code that is asked for, as long as nobody owns the box.

    Args:
        folder: `$FRONTDESK_HOME/web`.
        now: wall clock in seconds since 1970.
    """

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._path = folder / _FILE
        self._made_s = now()
        self.code = self._kept() or f"{secrets.randbelow(1_000_000):06d}"
        with contextlib.suppress(OSError):  # a full disk: this start's code holds all the same
            self._path.touch(mode=0o600)
            self._path.write_text(f"{self.code} {self._made_s:.0f}\n")

    @property
    def over(self) -> bool:
        """Whether it has run out."""
        return not 0 <= self._now() - self._made_s < LASTS_S

    def matches(self, typed: str) -> bool:
        """Whether this is the code, with or without blanks in it, and it still holds."""
        bare = "".join(typed.split())
        return not self.over and hmac.compare_digest(bare.encode(), self.code.encode())

    def forget(self) -> None:
        """The first visit has been made."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _kept(self) -> str | None:
        with contextlib.suppress(OSError, ValueError):
            code, made = self._path.read_text().split()
            if len(code) == 6 and code.isdigit() and 0 <= self._now() - float(made) < LASTS_S:
                self._made_s = float(made)
                return code
        return None
