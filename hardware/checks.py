"""The board's electrical rules: ``python -m hardware.checks``. Each check yields one sentence a fault.

The checks take the tables as arguments, so that tests can show that each of them finds what it is there to find.
Exit codes: 0 no fault, 1 faults (one a line), 2 a table cannot be read.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hardware import tables
from hardware.tables import Load, Part, Pin

Nets = Mapping[str, Sequence[tuple[str, str]]]
Parts = Mapping[str, Part]

OPEN = "NC_"
"""Nets of this prefix hold one pin that is left open on purpose."""

MCU_PINS = 57  # RP2040 datasheet, QFN-56 with its ground pad
HEADER_PINS = 40
HEADER_GROUNDS = (6, 9, 14, 20, 25, 30, 34, 39)
HEADER_5V = (2, 4)
HEADER_3V3 = (1, 17)

GROUND = "GND_L"
ISLANDS = {"A": "LINE_A", "B": "LINE_B"}
"""Line -> the reference net of its side of the isolation barrier (IGND of its Si3019)."""

BARRIER = {"A": {"C1A", "C2A"}, "B": {"C1B", "C2B"}}
"""Line -> the only parts that may bridge its barrier."""

RELAY = "K1"
"""The lifeline relay: its open contact is the other barrier. A phone on the released relay belongs to line A."""

LIMIT_5V_MA = 1000  # firmware limit by INA226, hardware.md 7.4
LIMIT_12V_MA = 1000  # eFuse U18
LIMIT_3V3_MA = 600  # AP2112K-3.3


@dataclass(frozen=True)
class Situation:
    """What the two handsets do at once, and where their feed comes from."""

    name: str
    rail: str
    handsets: tuple[str, str]


SITUATIONS = (
    Situation("both idle on 5 V", "5V", ("idle", "idle")),
    Situation("both talking on 5 V", "5V", ("talking", "talking")),
    Situation("one ringing, one talking on 5 V", "5V", ("ringing 3 REN", "talking")),
    Situation("both ringing on 12 V", "12V", ("ringing 5 REN", "ringing 5 REN")),
)


def pins_once(pins: Sequence[Pin], nets: Nets) -> Iterator[str]:
    """Every MCU and header pin stands once in the pin map, once in the netlist, and on the same net in both."""
    for ref, count in ((tables.MCU, MCU_PINS), (tables.PI, HEADER_PINS)):
        seen = Counter(pin.number for pin in pins if pin.ref == ref)
        for number in range(1, count + 1):
            if seen[number] != 1:
                yield f"pin map: {ref} pin {number} stands {seen[number]} times"
        for number in seen:
            if not 1 <= number <= count:
                yield f"pin map: {ref} has no pin {number}"
    ends = {end: net for net, all_ends in nets.items() for end in all_ends}
    for pin in pins:
        name = str(pin.number) if pin.ref == tables.PI else pin.name
        if ends.get((pin.ref, name)) != pin.net:
            yield f"{pin.ref}.{name}: the pin map says {pin.net}, the netlist {ends.get((pin.ref, name))}"


def header_supplies(pins: Sequence[Pin]) -> Iterator[str]:
    """The header's supply pins are where every Raspberry Pi has them."""
    expected = (
        dict.fromkeys(HEADER_GROUNDS, GROUND) | dict.fromkeys(HEADER_5V, "5V_PI") | dict.fromkeys(HEADER_3V3, "3V3_PI")
    )
    for pin in pins:
        if pin.ref == tables.PI and pin.net != expected.get(pin.number, pin.net):
            yield f"header pin {pin.number} is {pin.net}, expected {expected[pin.number]}"
        if pin.ref == tables.PI and pin.net in expected.values() and pin.number not in expected:
            yield f"header pin {pin.number} is a signal on every Pi, here on {pin.net}"


def netlist_is_whole(nets: Nets, parts: Parts) -> Iterator[str]:
    """Every pin is on one net, every part has all its pins, no net but the open ones has a single pin."""
    ends = Counter(end for all_ends in nets.values() for end in all_ends)
    for (ref, pin), count in ends.items():
        if count > 1:
            yield f"{ref}.{pin} is on {count} nets"
    used = Counter(ref for ref, _ in ends)
    for ref in used:
        if ref not in parts:
            yield f"{ref} is in the netlist and not in the parts list"
    for ref, part in parts.items():
        if used[ref] != part.pins:
            yield f"{ref} ({part.part}) has {part.pins} pins, {used[ref]} of them in the netlist"
    for net, all_ends in nets.items():
        if net.startswith(OPEN) != (len(all_ends) == 1):
            yield f"net {net} has {len(all_ends)} pin{'s' if len(all_ends) != 1 else ''}"


def chip_selects(pins: Sequence[Pin], nets: Nets) -> Iterator[str]:
    """Each chip select goes to one chip, each chip on the bus has one, and each has its pull-up."""
    selected: list[str] = []
    for pin in pins:
        if pin.ref != tables.MCU or not pin.role.startswith("cs_"):
            continue
        ends = nets.get(pin.net, ())
        chips = [ref for ref, name in ends if name == "CS"]
        if len(chips) != 1:
            yield f"{pin.net} selects {len(chips)} chips"
        if not any(ref.startswith("R") for ref, _ in ends):
            yield f"{pin.net} has no pull-up: it floats while the MCU is in reset"
        selected += chips
    on_the_bus = {ref for ref, name in nets.get("SPI_SCK", ()) if name == "SCLK"}
    for ref, count in Counter(selected).items():
        if count > 1:
            yield f"{ref} has {count} chip selects"
    for ref in sorted(on_the_bus - set(selected)):
        yield f"{ref} is on the SPI bus and has no chip select"


def reach(nets: Nets, start: str, closed: set[str]) -> tuple[set[str], set[str]]:
    """The nets and parts that hang together from a net, going through every part but the ``closed`` ones."""
    by_part: dict[str, set[str]] = {}
    for net, ends in nets.items():
        for ref, _ in ends:
            by_part.setdefault(ref, set()).add(net)
    seen, touched, todo = {start}, set(), [start]
    while todo:
        for ref, _ in nets.get(todo.pop(), ()):
            touched.add(ref)
            if ref in closed:
                continue
            for net in by_part[ref] - seen:
                seen.add(net)
                todo.append(net)
    return seen, touched


def barriers(nets: Nets) -> Iterator[str]:
    """Each line's island meets the logic, and the other island, nowhere but at its two isolation capacitors."""
    closed = {RELAY}.union(*BARRIER.values())
    logic, at_logic = reach(nets, GROUND, closed)
    islands = {line: reach(nets, start, closed) for line, start in ISLANDS.items()}
    for line, (island, at_island) in islands.items():
        if ISLANDS[line] not in nets:
            yield f"line {line} has no reference net {ISLANDS[line]}"
        if island & logic:
            yield f"line {line} is connected to the logic: {', '.join(sorted(island & logic)[:3])}"
        bridging = (at_island & at_logic) - {RELAY}
        if bridging != BARRIER[line]:
            yield f"line {line}: its barrier is crossed by {', '.join(sorted(bridging)) or 'nothing'}"
    if islands["A"][0] & islands["B"][0]:
        yield "the islands of line A and line B are connected"


def lifeline(nets: Nets) -> Iterator[str]:
    """Released, the relay puts handset C on line A; pulled in, on its FXS; the coil needs both the MCU and the Pi."""
    ends = {end: net for net, all_ends in nets.items() for end in all_ends}
    expected = {
        "COM1": "PHONE_TIP_C",
        "COM2": "PHONE_RING_C",
        "NC1": "TIP_A",
        "NC2": "RING_A",
        "NO1": "FXS_TIP_C",
        "NO2": "FXS_RING_C",
    }
    for pin, net in expected.items():
        if ends.get((RELAY, pin)) != net:
            yield f"{RELAY}.{pin} is on {ends.get((RELAY, pin))}, expected {net}"
    chain = [("Q1", "G", "RELAY"), ("Q2", "G", "LIFELINE_EN"), ("Q1", "S", ends.get(("Q2", "D"))), ("Q2", "S", GROUND)]
    for ref, pin, wanted in chain:
        if ends.get((ref, pin)) != wanted:
            yield f"{ref}.{pin} is on {ends.get((ref, pin))}, expected {wanted}"
    for net in ("RELAY", "LIFELINE_EN"):
        resistors = {ref for ref, _ in nets.get(net, ()) if ref.startswith("R")}
        if not resistors & {ref for ref, _ in nets.get(GROUND, ())}:
            yield f"{net} has no pull-down: the relay may stay in when its driver is dead"


def power(loads: Sequence[Load]) -> Iterator[str]:
    """In every situation the 5 V, the 12 V and the 3.3 V stay within what feeds them."""
    draw = {(load.load, load.rail, load.state): load.ma for load in loads}
    logic = sum(load.ma for load in loads if load.rail == "3V3_L")
    own = logic + sum(load.ma for load in loads if load.rail == "5V_SW")  # the regulator is linear
    if logic > LIMIT_3V3_MA:
        yield f"3.3 V: {logic} mA of {LIMIT_3V3_MA}"
    for situation in SITUATIONS:
        feed = sum(draw[("fxs", situation.rail, state)] for state in situation.handsets)
        total = feed + (own if situation.rail == "5V" else 0)
        limit = LIMIT_5V_MA if situation.rail == "5V" else LIMIT_12V_MA
        if total > limit:
            yield f"{situation.name}: {total} mA of {limit}"


def faults() -> list[str]:
    """Every fault of the board as its tables stand. Raises TableError."""
    pins, nets, parts = tables.pins(), tables.nets(), tables.parts()
    checks = (
        pins_once(pins, nets),
        header_supplies(pins),
        netlist_is_whole(nets, parts),
        chip_selects(pins, nets),
        barriers(nets),
        lifeline(nets),
        power(tables.loads()),
    )
    return [fault for check in checks for fault in check]


def main() -> int:
    try:
        found = faults()
    except tables.TableError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(found) if found else "no fault")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
