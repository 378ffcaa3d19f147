"""The reader of the country table (`board/countries.toml`): one row a country, the same for every room.

The table is read once, checked whole and kept; a wrong table stops the program with one line that names the row, the
field, what stands there and what was expected (an unknown field: also the nearest known one). Rows are immutable.
"""

from __future__ import annotations

import difflib
import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from drivers.signals.callerid.messages import SCHEMES
from drivers.signals.rows import TableError, build, expect, nearest
from drivers.signals.tonespec import ToneSpec, parse

TABLE: Final = Path(__file__).resolve().parents[2] / "board" / "countries.toml"

REQUIRED_TONES: Final = ("dial", "ringback", "busy", "reorder")
OPTIONAL_TONES: Final = ("stutter", "sit", "howler", "call_waiting", "congestion", "unobtainable", "record")
CALLER_ID_ALERTS: Final = ("ring", "reversal", "dt-as", "rp-as", "none")

LEVELS_DBM0: Final[Mapping[str, float]] = MappingProxyType(
    {"dial": -13.0, "stutter": -13.0, "ringback": -19.0, "busy": -20.0, "reorder": -20.0, "congestion": -20.0,
     "unobtainable": -20.0, "sit": -16.0, "howler": -3.0, "call_waiting": -16.0, "record": -20.0}
)  # fmt: skip
"""Level of each sine of a tone where the row names none (E.180: -10 dBm0 +-5 for one sine; lower for each of two)."""


@dataclass(frozen=True, slots=True)
class Ring:
    """What the exchange (and our own handset port) rings with."""

    hz: float
    cadence_ms: tuple[int, ...]  # on, off, on, off ... at most four pairs, repeated
    volts_peak: int  # at our own handset ports; the Si3210 gives 94 at most

    def check(self) -> None:
        expect(15.0 <= self.hz <= 68.0, "hz", self.hz, "15 to 68 Hz")
        expect(len(self.cadence_ms) in (2, 4, 6, 8), "cadence_ms", self.cadence_ms, "one to four pairs of on, off")
        expect(all(0 < ms <= 10000 for ms in self.cadence_ms), "cadence_ms", self.cadence_ms, "1 to 10000 ms each")
        expect(40 <= self.volts_peak <= 94, "volts_peak", self.volts_peak, "40 to 94 V")


@dataclass(frozen=True, slots=True)
class CallerIdRules:
    """How the exchange sends caller ID, and so how our handset ports send it on."""

    scheme: str  # one of SCHEMES: what is sent to our handsets
    alert: str  # one of CALLER_ID_ALERTS: what comes before it
    also: tuple[str, ...]  # other schemes met in this country
    category_digits: int  # before the number the exchange may send so many that say what sort of subscriber calls

    def check(self) -> None:
        expect(self.scheme in SCHEMES, "scheme", self.scheme, "one of " + ", ".join(SCHEMES))
        expect(self.alert in CALLER_ID_ALERTS, "alert", self.alert, "one of " + ", ".join(CALLER_ID_ALERTS))
        for scheme in self.also:
            expect(scheme in SCHEMES, "also", scheme, "of " + ", ".join(SCHEMES))
        expect(0 <= self.category_digits <= 2, "category_digits", self.category_digits, "0 to 2")

    @property
    def schemes(self) -> tuple[str, ...]:
        """Every scheme met in the country, the usual one first."""
        return (self.scheme, *self.also)


@dataclass(frozen=True, slots=True)
class Hook:
    """Breaks of the loop: flash (from a handset, and made by us) and the exchange's clearing break (CPC)."""

    flash_min_ms: int
    flash_max_ms: int
    flash_send_ms: int
    cpc_min_ms: int  # an open loop at least this long means: far end gone
    cpc_send_ms: int  # what we give our own handsets

    def check(self) -> None:
        expect(40 <= self.flash_min_ms < self.flash_max_ms <= 1500, "flash_min_ms", self.flash_min_ms,
                "40 ms to less than flash_max_ms (at most 1500)")  # fmt: skip
        expect(self.flash_min_ms <= self.flash_send_ms <= self.flash_max_ms, "flash_send_ms", self.flash_send_ms,
                f"between {self.flash_min_ms} and {self.flash_max_ms}")  # fmt: skip
        expect(40 <= self.cpc_min_ms <= 1000, "cpc_min_ms", self.cpc_min_ms, "40 to 1000 ms")
        expect(self.cpc_min_ms <= self.cpc_send_ms <= 2000, "cpc_send_ms", self.cpc_send_ms, "cpc_min_ms to 2000 ms")


@dataclass(frozen=True, slots=True)
class ShortNumber:
    """A number of few digits that everybody in the country may dial as it stands: help, crisis lines, services."""

    number: str
    name: str  # whom one reaches, in English
    emergency: bool  # it always goes out first, over any other call
    may_be_longer: bool  # subscribers' numbers begin with it, so a pause is awaited
    source: str

    def check(self) -> None:
        digits = self.number.isascii() and self.number.isdigit()
        expect(digits and 2 <= len(self.number) <= 8, "number", self.number, "2 to 8 digits")
        expect(bool(self.name), "name", self.name, "whom one reaches")
        expect(bool(self.source), "source", self.source, "where the fact stands")


@dataclass(frozen=True, slots=True)
class Code:
    """What is dialled before a number so that the called person does not see ours ("withhold"), or does ("release")."""

    dial: str
    does: str
    source: str

    def check(self) -> None:
        keys = bool(self.dial) and not self.dial.strip("0123456789*#") and 3 <= len(self.dial) <= 8
        expect(keys, "dial", self.dial, "3 to 8 of the keys 0-9, * and #")
        expect(not self.dial.startswith("*0"), "dial", self.dial, "a code that does not begin with *0: those are ours")
        expect(self.does in ("withhold", "release"), "does", self.does, '"withhold" or "release"')
        expect(bool(self.source), "source", self.source, "where the fact stands")


@dataclass(frozen=True, slots=True)
class Emergency:
    """The emergency numbers among a country's short numbers. `may_be_longer`: those that other numbers begin with."""

    numbers: tuple[str, ...]
    may_be_longer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fxo:
    """Line-side registers of the Si3050 with Si3019 (reference/hardware.md 1.1): DC mask and AC impedance."""

    ohs: int
    ohs2: int
    rz: int
    rt: int
    ilim: int
    dcv: int
    mini: int
    acim: int

    def check(self) -> None:
        for name in ("ohs", "ohs2", "rz", "rt", "ilim"):
            expect(getattr(self, name) in (0, 1), name, getattr(self, name), "0 or 1")
        for name, top in (("dcv", 3), ("mini", 3), ("acim", 15)):
            expect(0 <= getattr(self, name) <= top, name, getattr(self, name), f"0 to {top}")


@dataclass(frozen=True, slots=True)
class Gain:
    """Of a line's chip in this country, dB; a line's own settings come on top.

    At 0 dB full scale is +3.14 dBm0 on the pair; other figures are for networks whose loss plan wants other relative
    levels at the subscriber's end.
    """

    send_db: float
    receive_db: float

    def check(self) -> None:
        for name in ("send_db", "receive_db"):
            expect(-15.0 <= getattr(self, name) <= 12.0, name, getattr(self, name), "-15 to 12 dB")


@dataclass(frozen=True, slots=True)
class Dialling:
    """Facts of the numbering plan that a dialler needs; everything finer is phonenumbers' business (`region`)."""

    region: str  # ISO 3166 code that phonenumbers knows
    country_code: int
    international: str  # prefix before a country code
    trunk: str  # national prefix, "" where there is none
    local_digits: tuple[int, ...]  # lengths of numbers dialled within an area; empty: always the full number
    local_never: tuple[str, ...]  # what no number dialled within an area begins with
    carrier_digits: int  # of the carrier's code behind trunk and international prefix; 0 where there is none

    def check(self) -> None:
        expect(len(self.region) == 2 and self.region.isupper(), "region", self.region, "two capital letters")
        expect(1 <= self.country_code <= 999, "country_code", self.country_code, "1 to 999")
        expect(self.international.isdigit(), "international", self.international, "digits")
        expect(self.trunk == "" or self.trunk.isdigit(), "trunk", self.trunk, "digits or nothing")
        expect(all(3 <= n <= 12 for n in self.local_digits), "local_digits", self.local_digits, "3 to 12 each")
        expect(all(n.isdigit() for n in self.local_never), "local_never", self.local_never, "digits")
        expect(0 <= self.carrier_digits <= 4, "carrier_digits", self.carrier_digits, "0 to 4")


@dataclass(frozen=True, slots=True)
class Country:
    """One row of the table."""

    code: str
    name: str
    law: str  # G.711 law on its network: "mu" or "a"
    impedance: str  # the exchange's nominal impedance, in words a data sheet uses
    sources: tuple[str, ...]
    ring: Ring
    caller_id: CallerIdRules
    hook: Hook
    short_numbers: tuple[ShortNumber, ...]
    codes: tuple[Code, ...]
    fxo: Fxo
    gain: Gain
    dialling: Dialling
    tones: Mapping[str, ToneSpec]

    def check(self) -> None:
        expect(self.law in ("mu", "a"), "law", self.law, '"mu" or "a"')
        expect(bool(self.sources), "sources", self.sources, "at least one source")
        for tone in REQUIRED_TONES:
            expect(tone in self.tones, "tones", sorted(self.tones), f"also {tone!r}")
        numbers = [short.number for short in self.short_numbers]
        expect(len(set(numbers)) == len(numbers), "short_numbers", numbers, "each number once")
        expect(bool(self.emergency.numbers), "short_numbers", numbers, "an emergency number among them")
        for number in self.emergency.numbers:
            longer = [other for other in numbers if other != number and other.startswith(number)]
            certain = number not in self.emergency.may_be_longer
            expect(
                not (longer and certain), "short_numbers", longer, f"may_be_longer at {number}, or none that begins so"
            )

    @property
    def emergency(self) -> Emergency:
        """The numbers that call for help."""
        help_ = [short for short in self.short_numbers if short.emergency]
        return Emergency(
            tuple(short.number for short in help_), tuple(short.number for short in help_ if short.may_be_longer)
        )


def country(code: str) -> Country:
    """The row of an ISO 3166 code ("CA", any case). Raises KeyError naming the nearest rows."""
    rows = countries()
    try:
        return rows[code.upper()]
    except KeyError:
        near = difflib.get_close_matches(code.upper(), rows, n=3, cutoff=0.4)
        hint = f"; near: {', '.join(near)}" if near else ""
        raise KeyError(f"no country {code!r} in {TABLE.name} ({len(rows)} rows{hint})") from None


@functools.cache
def countries() -> Mapping[str, Country]:
    """Every row by its code, in the table's order."""
    return read(TABLE)


def read(path: Path) -> Mapping[str, Country]:
    """Read and check a table. Raises TableError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TableError(f"{path}: {error}") from error
    rows: dict[str, Country] = {}
    for code, row in table.items():
        try:
            if not (len(code) == 2 and code.isascii() and code.isupper()):
                raise TableError("expected a table named by two capital letters")
            rows[code] = _row(code, row)
        except ValueError as error:
            raise TableError(f"{path.name}: [{code}] {error}") from error
    return MappingProxyType(rows)


def _row(code: str, row: object) -> Country:
    if not isinstance(row, dict):
        raise TableError("expected a table")
    row = dict(row)
    tones = _tones(row.pop("tones", {}))
    built: Country = build(Country, row | {"code": code, "tones": tones}, "")
    return built


def _tones(table: object) -> Mapping[str, ToneSpec]:
    if not isinstance(table, dict):
        raise TableError("tones: expected a table")
    known = REQUIRED_TONES + OPTIONAL_TONES
    tones: dict[str, ToneSpec] = {}
    for name, text in table.items():
        if name not in known:
            raise TableError(f"tones.{name}: unknown{nearest(name, known)}")
        if not isinstance(text, str):
            raise TableError(f'tones.{name} = {text!r}: expected text such as "425/500,0/500"')
        try:
            tones[name] = parse(text, LEVELS_DBM0[name])
        except ValueError as error:
            raise TableError(f"tones.{name}: {error}") from error
    return MappingProxyType(tones)
