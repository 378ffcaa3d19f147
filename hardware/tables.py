"""Reads the board's tables: pins, nets, parts, loads. No side effects; any room may import it.

Pins are asked for by role, so a pin is named nowhere but in ``pinmap.csv``: ``pi_pin("lifeline_enable").gpio`` is 19.
``sources.py`` says where each row comes from. A damaged table is a TableError that names file, line and what was
expected.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
PI = "J1"
"""The reference of the Raspberry Pi header."""
MCU = "U1"

DIRECTIONS = ("in", "out", "inout", "open_drain", "analog", "power", "none")
PULLS = ("up", "down", "none")


class TableError(Exception):
    """Raised when a table does not have the form declared here, or has no such pin."""


@dataclass(frozen=True)
class Pin:
    """One pin of the Pi header or of the MCU. ``direction`` is seen from that side; ``active`` is "low" or "high"."""

    ref: str
    number: int
    name: str
    role: str
    net: str
    direction: str
    pull: str
    active: str

    @property
    def gpio(self) -> int:
        """The BCM or GP number. Raises TableError for a supply pin."""
        digits = self.name.removeprefix("GPIO").removeprefix("GP")
        if not digits.isdigit():
            raise TableError(f"pinmap.csv: {self.ref}.{self.number} ({self.name}) is no GPIO")
        return int(digits)


@dataclass(frozen=True)
class Part:
    """One part: reference, maker's number, value, how many of its pins the netlist holds, the rail that feeds it."""

    ref: str
    part: str
    value: str
    description: str
    pins: int
    rail: str
    note: str


@dataclass(frozen=True)
class Load:
    """What one load draws from a rail in one state (mA)."""

    load: str
    rail: str
    state: str
    ma: int
    note: str


def _rows(name: str, columns: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """Each row of a table with its place, for messages. Raises TableError."""
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        head = next(reader, [])
        if tuple(head) != columns:
            raise TableError(f"{name}:1: columns {','.join(head)}, expected {','.join(columns)}")
        for row in reader:
            place = f"{name}:{reader.line_num}"
            if len(row) != len(columns):
                raise TableError(f"{place}: {len(row)} columns, expected {len(columns)}")
            yield place, row


def _whole(place: str, column: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise TableError(f"{place}: {column} is {text!r}, expected a whole number")
    return int(text)


def _one_of(place: str, column: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise TableError(f"{place}: {column} is {text!r}, expected one of {', '.join(allowed)}")
    return text


@functools.cache
def pins() -> tuple[Pin, ...]:
    """Every pin of the Pi header and of the MCU."""
    columns = ("ref", "pin", "name", "role", "net", "direction", "pull", "active", "note", "source")
    return tuple(
        Pin(
            _one_of(place, "ref", ref, (PI, MCU)),
            _whole(place, "pin", number),
            name,
            role,
            net,
            _one_of(place, "direction", direction, DIRECTIONS),
            _one_of(place, "pull", pull, PULLS),
            _one_of(place, "active", active, ("low", "high", "")),
        )
        for place, (ref, number, name, role, net, direction, pull, active, *_) in _rows("pinmap.csv", columns)
    )


def _pin(ref: str, role: str) -> Pin:
    found = [pin for pin in pins() if pin.ref == ref and pin.role == role]
    if len(found) != 1:
        raise TableError(f"pinmap.csv: {len(found)} pins of {ref} have the role {role!r}, expected one")
    return found[0]


def pi_pin(role: str) -> Pin:
    """The Pi header's pin with a role, such as ``lifeline_enable``. Raises TableError."""
    return _pin(PI, role)


def mcu_pin(role: str) -> Pin:
    """The MCU's pin with a role, such as ``cs_fxo0``. Raises TableError."""
    return _pin(MCU, role)


@functools.cache
def nets() -> dict[str, tuple[tuple[str, str], ...]]:
    """Net -> its (reference, pin name) pairs."""
    found: dict[str, list[tuple[str, str]]] = {}
    for _, (net, ref, pin, _) in _rows("netlist.csv", ("net", "ref", "pin", "source")):
        found.setdefault(net, []).append((ref, pin))
    return {net: tuple(ends) for net, ends in found.items()}


@functools.cache
def parts() -> dict[str, Part]:
    """Reference -> part."""
    found = {}
    for place, row in _rows("bom.csv", ("ref", "part", "value", "description", "pins", "rail", "note", "source")):
        ref, part, value, description, count, rail, note, _ = row
        if ref in found:
            raise TableError(f"{place}: {ref} is there twice")
        found[ref] = Part(ref, part, value, description, _whole(place, "pins", count), rail, note)
    return found


@functools.cache
def loads() -> tuple[Load, ...]:
    """What each load draws in each of its states."""
    return tuple(
        Load(load, rail, state, _whole(place, "ma", ma), note)
        for place, (load, rail, state, ma, note, _) in _rows(
            "power.csv", ("load", "rail", "state", "ma", "note", "source")
        )
    )
