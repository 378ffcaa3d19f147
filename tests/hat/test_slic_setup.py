"""The set-up of a handset's chip: what its driver must have done before the chip does what it is armed for."""

from __future__ import annotations

import pytest

from firmware.hat import protocol as p
from tests.hat.chip_bench import Bench
from tests.hat.conftest import C, FirmwareHost, fault_of


def test_a_handset_rings_on_until_it_is_lifted_and_then_reads_on_hook_again(twin: FirmwareHost) -> None:
    """Ring trip filtered, power thresholds set, converter calibrated; the loop's lower bound is there."""
    assert twin.command(p.OP_RING, C, 0) == p.OK
    twin.run(3.0)
    handset = twin.board.handsets["C"]
    assert handset.ringing or handset.bursts, "no trip on its own ringing, no power alarm"
    assert fault_of(twin, C) is None and not twin.port(C)[0] & p.STATE_OFFHOOK
    handset.lift()
    twin.run(1.0)
    assert twin.port(C)[0] & p.STATE_OFFHOOK
    handset.put_down()
    twin.run(2.0)
    assert not twin.port(C)[0] & p.STATE_OFFHOOK


def test_a_chip_is_set_up_again_under_a_lifted_handset(twin: FirmwareHost) -> None:
    """The feed is open meanwhile: a load would fail the leak test and shift the calibration."""
    twin.board.handsets["C"].lift()
    twin.run(0.5)
    twin.hat.fault("brown-out", C)
    twin.run(0.3)
    twin.hat.fault("brown-out", C, on=False)
    twin.run(5.0)
    assert fault_of(twin, C) is None


@pytest.mark.parametrize(
    ("address", "value"),
    [(32, 0x07C0), (33, 0x2600), (34, 0x1B80), (35, 0x8000), (36, 0x0320), (37, 0x008C), (38, 0x0100), (39, 0x0010),
     (40, 0x0C00), (41, 0x0C00), (43, 0x1000)],
)  # fmt: skip
def test_the_filters_and_thresholds_are_in_the_chip(twin: FirmwareHost, address: int, value: int) -> None:
    assert twin.hat.handsets[0]._indirect[address] == value


def test_the_impedance_is_synthesised_and_the_converter_calibrated(twin: FirmwareHost) -> None:
    chip = twin.hat.handsets[0]
    assert chip.registers[10] & 0x08
    assert 2 <= chip._read(107) <= 13


def test_ringing_without_its_trip_filter_trips_itself(fxs: Bench) -> None:
    fxs.indirect(36, 0x8000)
    fxs.run(20)
    fxs.write(64, 4)
    fxs.run(200)
    assert fxs.read(64) & 7 != 4


def test_armed_power_alarms_without_thresholds_open_the_feed(fxs: Bench) -> None:
    fxs.write(67, 7)
    fxs.write(64, 4)
    fxs.run(200)
    assert fxs.read(64) & 7 == 0 and fxs.read(19) & 0xFC


def test_hysteresis_without_its_lower_bound_never_opens(fxs: Bench) -> None:
    fxs.indirect(43, 0)
    fxs.run(20)
    fxs.write(108, 0xEB)
    fxs.line.loop.attach("phone")
    fxs.line.loop.set_contact("phone", fxs.now, True)
    fxs.run(100)
    closed = fxs.read(68) & 1
    fxs.line.loop.set_contact("phone", fxs.now, False)
    fxs.run(200)
    assert closed and fxs.read(68) & 1
