"""What calls for attention now, as every page shows it."""

from __future__ import annotations

import contextlib
import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.control_client import ControlError
from firmware.supervisor.store.errors import StoreError
from firmware.supervisor.store.mailbox import FAXES, MESSAGES
from firmware.supervisor.store.queries_home import missed_callers
from webui.health_words import Told, told
from webui.live_state import LiveCall, live_state

if TYPE_CHECKING:
    from webui.visit import Visit

# A call missed late yesterday is still missed this morning.
MISSED_DAYS = 3


@dataclass(frozen=True)
class Attention:
    """What a page's frame shows of the moment.

    Attributes:
        new: messages and faxes not yet heard or read.
        missed: callers who were missed and not reached since.
        ringing: calls coming in that nobody has answered.
        faults: what the box says is wrong.
    """

    new: int
    missed: int
    ringing: tuple[LiveCall, ...]
    faults: tuple[Told, ...]


def attention(visit: Visit) -> Attention:
    """As it is now; what the box or the store cannot say calls for none."""
    new = missed = 0
    with contextlib.suppress(StoreError):
        mailbox = visit.me.mailbox
        new = MESSAGES.count_new(visit.db, mailbox) + FAXES.count_new(visit.db, mailbox)
        missed = len(missed_callers(visit.db, mailbox, missed_since_ms(visit.now)))
    faults: list[Told] = []
    ringing: list[LiveCall] = []
    if visit.running:
        with contextlib.suppress(ControlError, StoreError):
            checks = visit.ask("health.get").get("checks") or []
            faults = [
                told(check, visit.t) for check in checks if isinstance(check, dict) and check.get("state") == "fault"
            ]
            ringing = [call for call in live_state(visit).calls if call.direction == "in" and call.stage == "ringing"]
    return Attention(new, missed, tuple(ringing), tuple(faults))


def missed_since_ms(now: datetime.datetime) -> int:
    """From when on a missed caller is shown: some days back, from midnight."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return int((midnight - datetime.timedelta(days=MISSED_DAYS)).timestamp() * 1000)
