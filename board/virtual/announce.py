"""Caller ID as an exchange sends it: the message, its sound, and what goes before it on the line.

The country's row says the scheme and the alert: after the first ring (Bellcore GR-30-CORE, ETSI EN 300 659-1 6.2),
after a line reversal, after DT-AS (BT SIN 227: reversal, 2130+2750 Hz, then FSK without channel seizure), after a
short ring pulse (RP-AS), or straight before ringing. NTT: reversal and a short ringing pulse; the modem's off-hook
handshake is not asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from board.virtual.loop import Ringing
from drivers.signals import cas, tonespec
from drivers.signals.callerid import writing
from drivers.signals.callerid.sending import modulate
from drivers.signals.countries import Country
from drivers.signals.tones import ToneSource
from firmware.hat.protocol import RATE

Samples = npt.NDArray[np.int16]
Step = tuple[str, int | Samples]  # "pause" ms, "reverse" ms to wait, "ring" ms, "sound" samples

AFTER_RING_MS = 600  # GR-30-CORE: 0.5 to 1.5 s after the burst
BEFORE_RING_MS = 300  # EN 300 659-1: 200 to 500 ms between the message and ringing
REVERSAL_MS = 150
DT_AS_PAUSE_MS = 60  # 45 to 500 ms
RP_AS_MS = 250
RP_AS_PAUSE_MS = 600  # 500 to 800 ms
LEVEL_DBM0 = -13.5


@dataclass(frozen=True, slots=True)
class Announcement:
    """The steps before ringing, those after its first burst, and the message for a line that talks already."""

    ringing: Ringing
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()
    waiting: Samples | None = None


def on_the_wire(country: Country, number: str) -> str:
    """A caller's number as the country's exchange writes it: national, or with the international prefix."""
    if not number.startswith("+"):
        return number
    rules = country.dialling
    code = str(rules.country_code)
    digits = number[1:]
    if digits.startswith(code):
        national = digits[len(code) :]
        return national if rules.country_code == 1 else rules.trunk + national
    return rules.international + digits


def announcement(
    country: Country, number: str, name: str | None, presentation: str, when: datetime, redirecting: str = ""
) -> Announcement:
    """What goes out on the line for one caller. Raises ValueError on a number or name that cannot be sent."""
    ringing = Ringing(country.ring.hz)
    rules = country.caller_id
    if presentation == "none":
        return Announcement(ringing)
    inside: Samples | None = None
    if rules.scheme in ("bell202", "v23"):
        inside = _sound(country, number, name, presentation, when, redirecting, seizure=0)
    before, after = _steps(rules.alert, _sound(country, number, name, presentation, when, redirecting, None), inside)
    return Announcement(ringing, before, after, inside)


def _steps(alert: str, sound: Samples, inside: Samples | None) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The steps before ringing and after its first burst; ``inside`` is the message without channel seizure."""
    pause: Step = ("pause", BEFORE_RING_MS)
    reverse: Step = ("reverse", REVERSAL_MS)
    message: Step = ("sound", sound)
    if alert == "ring":
        return (), (("pause", AFTER_RING_MS), message)
    if alert == "rp-as":
        return (("ring", RP_AS_MS), ("pause", RP_AS_PAUSE_MS), message, pause), ()
    if alert == "dt-as" and inside is not None:
        tone = ToneSource(tonespec.parse(cas.DT_AS)).read(100 * RATE // 1000)
        return (reverse, ("sound", tone), ("pause", DT_AS_PAUSE_MS), ("sound", inside), pause), ()
    if alert == "reversal":
        return (reverse, message, pause), ()
    return (("pause", REVERSAL_MS), message, pause), ()


def _sound(
    country: Country,
    number: str,
    name: str | None,
    presentation: str,
    when: datetime,
    redirecting: str,
    seizure: int | None,
) -> Samples:
    scheme = country.caller_id.scheme
    reason = presentation if presentation in ("private", "unavailable") else None
    shown = on_the_wire(country, number) if number and reason is None else None
    if shown is None and reason is None:
        reason = "unavailable"
    by = on_the_wire(country, redirecting) if redirecting else None
    if scheme == "dtmf":
        digits = writing.dtmf_digits(shown, reason, by)
        return modulate(_spoilt_digits(digits) if presentation == "corrupt" else digits, scheme, LEVEL_DBM0)
    if scheme == "ntt":
        message = writing.ntt(shown, reason)
    else:
        message = writing.mdmf(
            shown, name if reason is None else None, when, reason, None if reason is None else reason, redirecting=by
        )
    if presentation == "corrupt":
        message = _spoilt(message)
    return modulate(message, scheme, LEVEL_DBM0, seizure=seizure)


def _spoilt(message: bytes) -> bytes:
    """Two bits wrong in the middle, where the caller's digits are: the checksum no longer fits."""
    middle = len(message) // 2
    return message[:middle] + bytes((message[middle] ^ 0x03, message[middle + 1] ^ 0x11)) + message[middle + 2 :]


def _spoilt_digits(digits: str) -> str:
    """The end mark is missing and one digit is doubled with a letter."""
    return digits[0] + "B" + digits[1:-1]
