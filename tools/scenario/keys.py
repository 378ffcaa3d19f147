"""Every key a scenario file may hold and what its value must be.

The one declaration: ``load`` checks files by it, and a test checks that ``tests/scenarios/README.md`` names every key.
A table without side effects.
"""

from __future__ import annotations

import re

from board.virtual.farcall import CLEARINGS, PRESENTATIONS
from board.virtual.linekinds import KINDS
from tools.scenario.checks import (
    MAX_SECONDS,
    Check,
    any_value,
    between,
    cadence,
    columns,
    fillings,
    matching,
    moment,
    one_of,
    only_true,
    pages,
    seconds,
    text,
    whole,
)
from tools.scenario.expected import expected

NUMBER_KINDS = ("mobile", "work", "home", "fax", "other")
WHEN_DIALLED = ("answers", "rings", "busy", "reorder", "no such number")
ACTS = ("rings", "lifts", "hangs up", "dials", "flashes", "answers")
WAITS = ("rung", "unrung", "answered", "released")
ACTIONS = ("does", "says", "presses", "hears", "shows", "faxes", "fault", "kill", "restart")
EXPECTED = ("call", "message", "fax", "event", "calls", "messages", "faxes", "heard")

_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_PHONE = re.compile(r"^\+?[0-9*#]{1,32}$")
_KEYS = re.compile(r"^[0-9A-D*#]{1,64}$")

TOP: dict[str, Check] = {"name": text(120), "about": text(2000)}
BOX: dict[str, Check] = {
    "clock": moment,
    "seed": whole(0, 2**31 - 1),
    "limit": between(1.0, MAX_SECONDS, "seconds"),
    "hybrid_db": between(0.0, 60.0, "dB"),
    "noise_dbm0": between(-90.0, -20.0, "dBm0"),
}
EXCHANGE: dict[str, Check] = {
    "kind": one_of(*KINDS),
    "call_waiting": only_true,
    "dial_tone_after": seconds,
    "dial_tone": one_of("heard", "silent"),
    "ring": cadence,
}
CONTACT: dict[str, Check] = {
    "name": text(120),
    "company": text(120),
    "sounds_like": text(120),
    "client": text(120),
    "language": text(8),
} | dict.fromkeys(NUMBER_KINDS, matching(re.compile(r"^[-+0-9 ().]{1,40}$"), "a telephone number"))
PARTY: dict[str, Check] = {
    "name": matching(_NAME, "a short name of small letters, like paul"),
    "line": one_of("A", "B"),
    "handset": one_of("C", "D"),
    "parallel": one_of("A", "B"),
    "number": matching(_PHONE, "a telephone number of digits, like +15145550123"),
    "shown_name": text(40),
    "presentation": one_of(*PRESENTATIONS),
    "redirecting": matching(_PHONE, "a telephone number of digits, like +15145550123"),
    "when_dialled": one_of(*WHEN_DIALLED),
    "after": seconds,
    "reversal": only_true,
    "clears": one_of(*CLEARINGS),
    "display": only_true,
    "voice": text(40),
    "level": between(-50.0, 0.0, "dBm0"),
}
STEP: dict[str, Check] = {
    "who": matching(_NAME, "a party's name"),
    "does": one_of(*ACTS, *WAITS),
    "says": text(),
    "presses": matching(_KEYS, "keys out of 0-9, *, #, A-D"),
    "hears": text(),
    "shows": text(80),
    "faxes": pages,
    "fault": text(80),
    "kill": one_of("supervisor"),
    "restart": one_of("supervisor"),
    "within": seconds,
    "after": seconds,
    "for": between(0.1, MAX_SECONDS, "seconds"),
    "number": matching(_PHONE, "digits to dial"),
    "pulse": only_true,
    "begun": only_true,
    "meanwhile": only_true,
    "by_hand": only_true,
    "values": fillings,
}
EXPECT: dict[str, Check] = {
    "call": columns,
    "message": columns,
    "fax": columns,
    "event": columns,
    "calls": expected,
    "messages": expected,
    "faxes": expected,
    "heard": text(),
    "who": matching(_NAME, "a party's name"),
    "times": expected,
    "values": fillings,
}
RULE: dict[str, Check] = dict.fromkeys(
    "kind status days begins ends name day every by_weekday last but_not hours admits number mark withheld listed "
    "contacts line".split(),
    any_value,
)
TABLES: dict[str, dict[str, Check]] = {"box": BOX, "exchange": EXCHANGE, "receptionist": {}}
LISTS: dict[str, dict[str, Check]] = {
    "contact": CONTACT,
    "rule": RULE,
    "party": PARTY,
    "step": STEP,
    "expect": EXPECT,
}
