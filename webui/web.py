"""The web process's services, made once at start and handed to every visit."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from webui.box import Box
from webui.first_code import FirstCode
from webui.live import Live
from webui.passwords import Passwords
from webui.saved_filters import SavedFilters
from webui.sessions import Sessions
from webui.state import State
from webui.throttle import Throttle


def local_now() -> datetime.datetime:
    """The office's local time, with its offset."""
    return datetime.datetime.fromtimestamp(time.time()).astimezone()


@dataclass(frozen=True)
class Web:
    """What handlers may use.

    Attributes:
        names: what a browser may call the box, beside its addresses.
        country: the office's country (ISO 3166), whose numbers are written its own way; None when not known.
        fingerprint: SHA-256 of the certificate, shown for comparing.
        board: the virtual board's socket, where demo calls go; None on a real box.
        now: local time with offset.
    """

    box: Box
    live: Live
    state: State
    sessions: Sessions
    throttle: Throttle
    passwords: Passwords
    names: frozenset[str]
    first_code: FirstCode
    filters: SavedFilters
    fingerprint: str = ""
    country: str | None = None
    board: Path | None = None
    now: Callable[[], datetime.datetime] = local_now
