"""What the displays of our own handsets are sent: who calls, after the first ring, and who waits, in a conversation.

In a conversation (type II) the handset is alerted by CAS; a display answers with DTMF D within 100 ms, and gets the
message without channel seizure (Telcordia GR-30-CORE, ETSI EN 300 659-2). The leg must hear the box meanwhile: a
bridged one is taken apart first. Only FSK is defined there: in countries that send DTMF or NTT's form nothing is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals import cas, tonespec
from drivers.signals.callerid import writing
from drivers.signals.callerid.sending import modulate
from drivers.signals.countries import Country
from drivers.signals.tones import ToneSource
from firmware.hat.protocol import RATE
from firmware.supervisor.calls.legs import Leg

Samples = npt.NDArray[np.int16]

ACKNOWLEDGEMENTS: Final = frozenset("DA")
ACKNOWLEDGED_S: Final = 0.3  # after the alerting signal: 160 ms until the answer begins, and what it takes to hear it
BEFORE_MESSAGE_MS: Final = 100  # after the answer: 60 to 300 ms
MARKS: Final = 80  # bits, where no channel seizure comes before
CAS_MS: Final = 80


@dataclass(frozen=True)
class Shown:
    """What a handset's display is to show. ``number``: digits, or None; ``name``: in Latin-1 as far as it goes.

    ``reason`` why there is no number: a value of `messages.REASONS`.
    """

    number: str | None
    name: str | None
    when: datetime
    reason: str = "unavailable"


def after_ring(country: Country, shown: Shown) -> Samples:
    """The message that comes after the first burst of ringing, in the country's form."""
    scheme = country.caller_id.scheme
    if scheme == "dtmf":
        number = shown.number if shown.number and shown.number.lstrip("+").isdigit() else None  # no * and # there
        return modulate(writing.dtmf_digits(number, None if number else shown.reason), scheme)
    if scheme == "ntt":
        return modulate(writing.ntt(shown.number, None if shown.number else shown.reason), scheme)
    return modulate(_mdmf(shown), scheme)


def can_show_in_talk(country: Country) -> bool:
    """Whether the country's displays can be sent a caller in a conversation."""
    return country.caller_id.scheme in ("bell202", "v23")


async def show_in_talk(handset: Leg, country: Country, shown: Shown) -> bool:
    """Alerts the handset and sends the message once its display answers; whether it did. Raises Gone, LinkError.

    What the handset sends as its answer is taken out of its keys.
    """
    alert = ToneSource(tonespec.parse(cas.CAS)).read(CAS_MS * RATE // 1000)
    await handset.say(alert, stop_on_key=False)
    if not await handset.until(lambda: not ACKNOWLEDGEMENTS.isdisjoint(handset.keys), ACKNOWLEDGED_S):
        return False
    take_acknowledgement(handset)
    pause = np.zeros(BEFORE_MESSAGE_MS * RATE // 1000, np.int16)
    message = modulate(_mdmf(shown), country.caller_id.scheme, seizure=0, marks=MARKS)
    await handset.say(np.concatenate([pause, message]), stop_on_key=False)
    return True


def take_acknowledgement(handset: Leg) -> bool:
    """Takes a display's answer to an alerting signal out of the leg's keys; whether there was one."""
    before = len(handset.keys)
    kept = [key for key in handset.keys if key not in ACKNOWLEDGEMENTS]
    handset.keys.clear()
    handset.keys.extend(kept)
    return len(kept) < before


def _mdmf(shown: Shown) -> bytes:
    return writing.mdmf(shown.number, shown.name, shown.when, None if shown.number else shown.reason)
