"""The board's tables are without fault, and each electrical rule finds the fault it is there for."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from hardware import checks, tables

ROOT = Path(__file__).resolve().parents[2]
Nets = dict[str, list[tuple[str, str]]]


def nets() -> Nets:
    return {net: list(ends) for net, ends in tables.nets().items()}


def move(ref: str, pin: str, to: str) -> Nets:
    """The netlist with one pin soldered to another net."""
    changed = nets()
    for ends in changed.values():
        if (ref, pin) in ends:
            ends.remove((ref, pin))
    changed.setdefault(to, []).append((ref, pin))
    return {net: ends for net, ends in changed.items() if ends}


def one(found: Iterable[str], says: str) -> None:
    faults = list(found)
    assert any(re.search(says, fault) for fault in faults), faults


def test_the_board_has_no_fault() -> None:
    assert checks.faults() == []


def test_a_pin_left_out_or_named_twice_is_found() -> None:
    pins = list(tables.pins())
    sck = tables.mcu_pin("spi_sck")
    one(checks.pins_once([pin for pin in pins if pin != sck], nets()), "U1 pin 8 stands 0 times")
    one(checks.pins_once([*pins, sck], nets()), "U1 pin 8 stands 2 times")
    one(checks.pins_once([*pins, dataclasses.replace(sck, number=58)], nets()), "U1 has no pin 58")
    one(checks.pins_once(pins, move("U1", "GP6", "SPI_MOSI")), "U1.GP6: the pin map says SPI_SCK, the netlist SPI_MOSI")


def test_a_signal_on_a_supply_pin_of_the_header_is_found() -> None:
    pins = [
        dataclasses.replace(pin, net="SDA1") if (pin.ref, pin.number) == ("J1", 2) else pin for pin in tables.pins()
    ]
    one(checks.header_supplies(pins), "header pin 2 is SDA1, expected 5V_PI")
    pins = [
        dataclasses.replace(pin, net="GND_L") if (pin.ref, pin.number) == ("J1", 7) else pin for pin in tables.pins()
    ]
    one(checks.header_supplies(pins), "header pin 7 is a signal on every Pi")


def test_a_netlist_with_holes_is_found() -> None:
    parts = tables.parts()
    doubled = nets()
    doubled["GND_L"].append(("U2", "CS"))
    one(checks.netlist_is_whole(doubled, parts), "U2.CS is on 2 nets")
    torn = nets()
    torn["SPI_SCK"].remove(("U4", "SCLK"))
    one(checks.netlist_is_whole(torn, parts), r"U4 \(Si3050-E1-FT\) has 20 pins, 19")
    one(checks.netlist_is_whole(move("U4", "SCLK", "LOOSE"), parts), "net LOOSE has 1 pin")
    stranger = nets()
    stranger["GND_L"].append(("X9", "1"))
    one(checks.netlist_is_whole(stranger, parts), "X9 is in the netlist and not in the parts list")


def test_a_shared_or_missing_chip_select_is_found() -> None:
    pins = tables.pins()
    one(checks.chip_selects(pins, move("U4", "CS", "CS_FXO0_N")), "CS_FXO0_N selects 2 chips")
    one(checks.chip_selects(pins, move("U4", "CS", "3V3_L")), "U4 is on the SPI bus and has no chip select")
    pull_up = next(ref for ref, _ in nets()["CS_FXS1_N"] if ref.startswith("R"))
    pin = next(pin for ref, pin in nets()["CS_FXS1_N"] if ref == pull_up)
    one(checks.chip_selects(pins, move(pull_up, pin, "GND_L")), "CS_FXS1_N has no pull-up")


@pytest.mark.parametrize(
    ("ref", "pin", "to", "says"),
    [
        ("U5", "IGND", "GND_L", "line A is connected to the logic"),
        ("RV2", "2", "GND_L", "line B is connected to the logic"),
        ("FB1", "2", "TIP_B_N", "line A and line B are connected"),
        ("J3", "RING", "PHONE_RING_D", "line B is connected to the logic"),
        ("R1", "2", "TIP_B", "line B is connected to the logic"),
        ("C2A", "2", "ISO2_A", "line A: its barrier is crossed by C1A"),
    ],
)
def test_whatever_crosses_the_barrier_is_found(ref: str, pin: str, to: str, says: str) -> None:
    one(checks.barriers(move(ref, pin, to)), says)


@pytest.mark.parametrize(
    ("ref", "pin", "to", "says"),
    [
        ("K1", "NC1", "FXS_TIP_C", r"K1.NC1 is on FXS_TIP_C, expected TIP_A"),
        ("Q2", "G", "RELAY", r"Q2.G is on RELAY"),
        ("Q1", "S", "GND_L", r"Q1.S is on GND_L"),
    ],
)
def test_a_lifeline_that_would_not_fall_is_found(ref: str, pin: str, to: str, says: str) -> None:
    one(checks.lifeline(move(ref, pin, to)), says)


def test_a_relay_driver_without_pull_down_is_found() -> None:
    for net in ("RELAY", "LIFELINE_EN"):
        resistor, pin = next(end for end in nets()[net] if end[0].startswith("R"))
        one(checks.lifeline(move(resistor, pin, "3V3_L")), f"{net} has no pull-down")


def test_too_much_current_is_found() -> None:
    def changed(state: str, ma: int) -> list[tables.Load]:
        return [dataclasses.replace(load, ma=ma) if load.state == state else load for load in tables.loads()]

    one(checks.power(changed("ringing 3 REN", 800)), "one ringing, one talking on 5 V: [0-9]+ mA of 1000")
    one(checks.power(changed("ringing 5 REN", 600)), "both ringing on 12 V: 1200 mA of 1000")
    one(checks.power(changed("on", 300)), "3.3 V: 900 mA of 600")


def test_the_pins_of_the_buses_are_those_the_chips_have() -> None:
    """RP2040 datasheet, table of GPIO functions: SPI0 and UART0 sit on these pins only."""
    gp = {role: tables.mcu_pin(role).gpio for role in ("spi_miso", "spi_sck", "spi_mosi", "uart_tx", "uart_rx")}
    assert gp["spi_miso"] in (0, 4, 16, 20)
    assert gp["spi_sck"] in (2, 6, 18, 22)
    assert gp["spi_mosi"] in (3, 7, 19, 23)
    assert gp["uart_tx"] in (0, 12, 16, 28)
    assert gp["uart_rx"] in (1, 13, 17, 29)
    assert tables.mcu_pin("fsync").gpio == tables.mcu_pin("pclk").gpio + 1, "a side-set pair is consecutive"
    for role in ("adc_5v", "adc_ntc", "adc_board_id"):
        assert 26 <= tables.mcu_pin(role).gpio <= 29


def test_the_firmware_drives_the_pins_of_the_table() -> None:
    source = (ROOT / "firmware" / "hat" / "pins.py").read_text()
    declared = {
        name: int(number) for name, number in re.findall(r"^([A-Z0-9_]+) = const\((\d+)\)", source, re.MULTILINE)
    }
    for name, number in declared.items():
        pin = tables.mcu_pin(name.removesuffix("_N").lower())
        assert pin.gpio == number, name
        assert pin.active == "low" or not name.endswith("_N"), name
    used = {pin.gpio for pin in tables.pins() if pin.ref == "U1" and pin.name.startswith("GP") and pin.role != "spare"}
    assert used == set(declared.values()), "a pin of the table that the firmware does not know"


def test_the_lifeline_enable_sits_on_a_pin_that_resets_to_pull_down() -> None:
    """BCM2711 peripherals: GPIO0-8 reset to pull-up, GPIO9-27 to pull-down."""
    pin = tables.pi_pin("lifeline_enable")
    assert 9 <= pin.gpio <= 27
    assert pin.pull == "down"


@pytest.mark.parametrize(
    ("name", "old", "new", "read", "says"),
    [
        ("pinmap.csv", "ref,pin", "pin,ref", tables.pins, r"pinmap.csv:1: columns .*expected ref,pin"),
        ("pinmap.csv", "J1,3,", "J1,three,", tables.pins, r"pinmap.csv:4: pin is 'three', expected a whole number"),
        ("pinmap.csv", "open_drain", "strong", tables.pins, r"pinmap.csv:16: direction is 'strong', expected one of"),
        ("pinmap.csv", "J1,3,GPIO2", "J9,3,GPIO2", tables.pins, r"pinmap.csv:4: ref is 'J9', expected one of J1, U1"),
        ("netlist.csv", "5V_PI,J1,2", "5V_PI,J1", tables.nets, r"netlist.csv:2: 3 columns, expected 4"),
        ("bom.csv", "\nBT1,", "\nC1A,", tables.parts, r"C1A is there twice"),
        ("power.csv", ",60,", ",-60,", tables.loads, r"power.csv:2: ma is '-60'"),
    ],
)
def test_a_damaged_table_is_named_with_its_line(
    name: str,
    old: str,
    new: str,
    read: Callable[[], object],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for path in tables.FOLDER.glob("*.csv"):
        (tmp_path / path.name).write_text(
            path.read_text().replace(old, new, 1) if path.name == name else path.read_text()
        )
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    read.cache_clear()  # type: ignore[attr-defined]
    try:
        with pytest.raises(tables.TableError, match=says):
            read()
    finally:
        read.cache_clear()  # type: ignore[attr-defined]


def test_a_role_that_is_not_there_is_an_error() -> None:
    with pytest.raises(tables.TableError, match="0 pins of J1 have the role 'doorbell'"):
        tables.pi_pin("doorbell")
    with pytest.raises(tables.TableError, match="is no GPIO"):
        _ = next(pin for pin in tables.pins() if pin.role == "power").gpio
