"""The reader of the country table (`board/countries.toml`): one row a country, the same for every room.

The table is read once, checked whole and kept; a wrong table stops the program with one line that names the row, the
field, what stands there and what was expected (an unknown field: also the nearest known one). Rows are immutable.
"""

from __future__ import annotations

import difflib
import functools
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_type_hints

from drivers.signals.callerid.messages import SCHEMES
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


class CountryTableError(ValueError):
    """The country table is wrong; the text names row, field and what was expected."""


@dataclass(frozen=True, slots=True)
class Ring:
    """What the exchange (and our own handset port) rings with."""

    hz: float
    cadence_ms: tuple[int, ...]  # on, off, on, off ... at most four pairs, repeated
    volts_peak: int  # at our own handset ports; the Si3210 gives 94 at most

    def check(self) -> None:
        _expect(15.0 <= self.hz <= 68.0, "hz", self.hz, "15 to 68 Hz")
        _expect(len(self.cadence_ms) in (2, 4, 6, 8), "cadence_ms", self.cadence_ms, "one to four pairs of on, off")
        _expect(all(0 < ms <= 10000 for ms in self.cadence_ms), "cadence_ms", self.cadence_ms, "1 to 10000 ms each")
        _expect(40 <= self.volts_peak <= 94, "volts_peak", self.volts_peak, "40 to 94 V")


@dataclass(frozen=True, slots=True)
class CallerIdRules:
    """How the exchange sends caller ID, and so how our handset ports send it on."""

    scheme: str  # one of SCHEMES: what is sent to our handsets
    alert: str  # one of CALLER_ID_ALERTS: what comes before it
    also: tuple[str, ...]  # other schemes met in this country

    def check(self) -> None:
        _expect(self.scheme in SCHEMES, "scheme", self.scheme, "one of " + ", ".join(SCHEMES))
        _expect(self.alert in CALLER_ID_ALERTS, "alert", self.alert, "one of " + ", ".join(CALLER_ID_ALERTS))
        for scheme in self.also:
            _expect(scheme in SCHEMES, "also", scheme, "of " + ", ".join(SCHEMES))

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
        _expect(40 <= self.flash_min_ms < self.flash_max_ms <= 1500, "flash_min_ms", self.flash_min_ms,
                "40 ms to less than flash_max_ms (at most 1500)")  # fmt: skip
        _expect(self.flash_min_ms <= self.flash_send_ms <= self.flash_max_ms, "flash_send_ms", self.flash_send_ms,
                f"between {self.flash_min_ms} and {self.flash_max_ms}")  # fmt: skip
        _expect(40 <= self.cpc_min_ms <= 1000, "cpc_min_ms", self.cpc_min_ms, "40 to 1000 ms")
        _expect(self.cpc_min_ms <= self.cpc_send_ms <= 2000, "cpc_send_ms", self.cpc_send_ms, "cpc_min_ms to 2000 ms")


@dataclass(frozen=True, slots=True)
class Emergency:
    """Numbers that always go out first. `may_be_longer`: those that other numbers begin with, so a pause is awaited."""

    numbers: tuple[str, ...]
    may_be_longer: tuple[str, ...]

    def check(self) -> None:
        _expect(bool(self.numbers), "numbers", self.numbers, "at least one number")
        for number in self.numbers:
            _expect(number.isascii() and number.isdigit() and 2 <= len(number) <= 8, "numbers", number, "2 to 8 digits")
        for number in self.may_be_longer:
            _expect(number in self.numbers, "may_be_longer", number, "one of numbers")


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
            _expect(getattr(self, name) in (0, 1), name, getattr(self, name), "0 or 1")
        for name, top in (("dcv", 3), ("mini", 3), ("acim", 15)):
            _expect(0 <= getattr(self, name) <= top, name, getattr(self, name), f"0 to {top}")


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
            _expect(-15.0 <= getattr(self, name) <= 12.0, name, getattr(self, name), "-15 to 12 dB")


@dataclass(frozen=True, slots=True)
class Dialling:
    """Facts of the numbering plan that a dialler needs; everything finer is phonenumbers' business (`region`)."""

    region: str  # ISO 3166 code that phonenumbers knows
    country_code: int
    international: str  # prefix before a country code
    trunk: str  # national prefix, "" where there is none
    local_digits: tuple[int, ...]  # lengths of numbers dialled within an area; empty: always the full number

    def check(self) -> None:
        _expect(len(self.region) == 2 and self.region.isupper(), "region", self.region, "two capital letters")
        _expect(1 <= self.country_code <= 999, "country_code", self.country_code, "1 to 999")
        _expect(self.international.isdigit(), "international", self.international, "digits")
        _expect(self.trunk == "" or self.trunk.isdigit(), "trunk", self.trunk, "digits or nothing")
        _expect(all(3 <= n <= 12 for n in self.local_digits), "local_digits", self.local_digits, "3 to 12 each")


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
    emergency: Emergency
    fxo: Fxo
    gain: Gain
    dialling: Dialling
    tones: Mapping[str, ToneSpec]

    def check(self) -> None:
        _expect(self.law in ("mu", "a"), "law", self.law, '"mu" or "a"')
        _expect(bool(self.sources), "sources", self.sources, "at least one source")
        for tone in REQUIRED_TONES:
            _expect(tone in self.tones, "tones", sorted(self.tones), f"also {tone!r}")


def _expect(good: bool, field: str, value: object, expected: str) -> None:
    if not good:
        raise CountryTableError(f"{field} = {value!r}: expected {expected}")


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
    """Read and check a table. Raises CountryTableError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CountryTableError(f"{path}: {error}") from error
    rows: dict[str, Country] = {}
    for code, row in table.items():
        try:
            if not (len(code) == 2 and code.isascii() and code.isupper()):
                raise CountryTableError("expected a table named by two capital letters")
            rows[code] = _row(code, row)
        except ValueError as error:
            raise CountryTableError(f"{path.name}: [{code}] {error}") from error
    return MappingProxyType(rows)


def _row(code: str, row: object) -> Country:
    if not isinstance(row, dict):
        raise CountryTableError("expected a table")
    row = dict(row)
    tones = _tones(row.pop("tones", {}))
    built: Country = _build(Country, row | {"code": code, "tones": tones}, "")
    return built


def _tones(table: object) -> Mapping[str, ToneSpec]:
    if not isinstance(table, dict):
        raise CountryTableError("tones: expected a table")
    known = REQUIRED_TONES + OPTIONAL_TONES
    tones: dict[str, ToneSpec] = {}
    for name, text in table.items():
        if name not in known:
            raise CountryTableError(f"tones.{name}: unknown{_nearest(name, known)}")
        if not isinstance(text, str):
            raise CountryTableError(f'tones.{name} = {text!r}: expected text such as "425/500,0/500"')
        try:
            tones[name] = parse(text, LEVELS_DBM0[name])
        except ValueError as error:
            raise CountryTableError(f"tones.{name}: {error}") from error
    return MappingProxyType(tones)


def _nearest(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    return f" (nearest: {near[0]})" if near else ""


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _list(item: Callable[[object], Any]) -> Callable[[object], Any]:
    def convert(value: object) -> Any:
        if not isinstance(value, list):
            return None
        items = tuple(item(one) for one in value)
        return None if None in items else items

    return convert


_CONVERT: Final[Mapping[Any, tuple[Callable[[object], Any], str]]] = {
    str: (_text, "text"),
    int: (_whole, "a whole number"),
    float: (_number, "a number"),
    tuple[str, ...]: (_list(_text), "a list of texts"),
    tuple[int, ...]: (_list(_whole), "a list of whole numbers"),
}


def _build(kind: type[Any], table: dict[str, Any], where: str) -> Any:
    """An instance of a row's dataclass from a TOML table; every field is required, none may be unknown."""
    known = tuple(field.name for field in fields(kind))
    hints = get_type_hints(kind)
    for name in table:
        if name not in known:
            raise CountryTableError(f"{where}{name}: unknown{_nearest(name, known)}")
    values: dict[str, Any] = {}
    for name in known:
        if name not in table:
            raise CountryTableError(f"{where}{name}: missing")
        value, hint = table[name], hints[name]
        if hint in _CONVERT:
            convert, words = _CONVERT[hint]
            values[name] = convert(value)
            if values[name] is None:
                raise CountryTableError(f"{where}{name} = {value!r}: expected {words}")
        elif isinstance(value, dict):
            values[name] = _build(hint, value, f"{where}{name}.")
        elif name == "tones":
            values[name] = value
        else:
            raise CountryTableError(f"{where}{name} = {value!r}: expected a table")
    built = kind(**values)
    try:
        built.check()
    except CountryTableError as error:
        raise CountryTableError(f"{where}{error}") from None
    return built
