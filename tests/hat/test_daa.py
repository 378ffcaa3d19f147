"""A line's DAA as electricity: what the country's row does to the line, by the registers that the driver sets."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from board.virtual import daa
from board.virtual.chips.si3050 import TERMINAL
from board.virtual.loop import Electrical, Loop, Ringing
from drivers.signals import countries
from firmware.hat import protocol as p
from tests.hat.chip_bench import Bench
from tests.hat.conftest import LINE_A, FirmwareHost

SQ, OHS, OHS2 = 0x50, 0x40, 0x08


def off_hook(bench: Bench, dc: int) -> tuple[int, int]:
    """LVS and LCS2 with register 26 set so."""
    bench.write(26, dc)
    bench.write(5, 1)
    bench.run(60)
    return bench.read(29), bench.read(28)


@pytest.mark.parametrize(
    ("dc", "volts"), [(0xC0, 6.5), (0x00, 6.1), (0x30, 5.0), (0xF0, 5.4)], ids=["FCC", "low", "low, MINI 3", "MINI 3"]
)
def test_dcv_and_mini_set_the_voltage_off_hook(fxo: Bench, dc: int, volts: float) -> None:
    """48 V behind 1250 R into the termination's voltage and its 50 R."""
    lvs, lcs = off_hook(fxo, dc)
    ma = (48.0 - volts) / 1300.0 * 1000.0
    assert lvs == round(volts + 0.050 * ma) and lcs == int(ma / 1.1)


@pytest.mark.parametrize("battery", [24.0, 36.0, 56.0])
def test_line_voltage_on_hook_is_the_exchanges(fxo: Bench, battery: float) -> None:
    fxo.line.loop.feed(battery, 1000.0)
    fxo.run(40)
    assert fxo.read(29) == battery
    volts, current = off_hook(fxo, 0xC0)
    ma = (battery - 6.5) / 1300.0 * 1000.0
    assert current == int(ma / 1.1) and volts == round(6.5 + 0.05 * ma)


@pytest.mark.parametrize(("ohm", "ma"), [(400.0, 92.2), (900.0, 43.7), (1800.0, 22.4)])
def test_the_current_follows_the_loop(fxo: Bench, ohm: float, ma: float) -> None:
    fxo.line.loop.source_ohm = ohm
    assert off_hook(fxo, 0xC0)[1] == int(ma / 1.1)
    assert fxo.read(12) & 0x1F == min(31, int(ma / 3.3))


def test_ilim_keeps_the_steepest_line_of_tbr21_below_60_ma(fxo: Bench) -> None:
    fxo.line.loop.battery_v, fxo.line.loop.source_ohm = 50.0, 230.0
    _, free = off_hook(fxo, 0xC0)
    assert free * 1.1 > 130
    fxo.write(26, 0xC2)
    fxo.run(40)
    assert 40 < fxo.read(28) * 1.1 < 60 and 30 < fxo.read(29) < 45


def test_each_terminal_reads_its_own_current(fxo: Bench) -> None:
    alone = off_hook(fxo, 0xC0)
    fxo.line.loop.attach("beside")
    fxo.line.loop.set_contact("beside", fxo.now, True)
    fxo.run(20)
    volts, current = fxo.read(29), fxo.read(28)
    assert volts < alone[0] and current < alone[1] // 2
    assert current == int(daa.termination(3, 0, 0).ma(fxo.line.loop.now.volts) / 1.1)


@pytest.mark.parametrize(("mini", "good"), [(0, True), (3, False)])
def test_below_mini_the_line_side_has_no_sound(fxo: Bench, mini: int, good: bool) -> None:
    """13 mA are enough for MINI 0 (10 mA) and too little for MINI 3 (16 mA): drop-out (register 19)."""
    fxo.line.loop.source_ohm = 3150.0
    off_hook(fxo, 0xC0 | mini << 4)
    fxo.run(500)
    assert fxo.chip.hears is good and bool(fxo.read(19) & 0x02) is not good


@pytest.mark.parametrize(
    ("foh", "no_calibration", "ms"),
    [(0x20, False, 401), (0x20, True, 128), (0x00, True, 512), (0x40, True, 64), (0x60, True, 8)],
)
def test_sound_begins_after_the_off_hook_counter_and_the_calibrations(
    fxo: Bench, foh: int, no_calibration: bool, ms: int
) -> None:
    fxo.write(31, foh)
    fxo.write(17, 0x20 * no_calibration)
    fxo.write(25, 0x20 * no_calibration)
    fxo.write(5, 0x08)
    assert fxo.chip.hears, "the line monitor hears at once"
    fxo.write(5, 0x09)
    began = fxo.chip.now
    while not fxo.chip.hears:
        assert fxo.chip.now - began < 5000
        fxo.run(20)
    assert ms * 8 <= fxo.chip.now - began < ms * 8 + 160 * 2


@pytest.mark.parametrize(
    ("ohs", "ohs2", "sq", "ms"), [(0, 0, 0, 0.5), (0, OHS2, 0, 3), (OHS, 0, SQ, 26), (OHS, OHS2, SQ, 26)]
)
def test_on_hook_takes_as_long_as_ohs_ohs2_and_sq_say(fxo: Bench, ohs: int, ohs2: int, sq: int, ms: float) -> None:
    for register, value in ((16, ohs), (31, 0x20 | ohs2), (59, sq)):
        fxo.write(register, value)
    off_hook(fxo, 0xC0)
    cleared = fxo.chip.now
    fxo.write(5, 0)
    opened: list[int] = []
    for _ in range(4):
        fxo.run(20)
        opened += [change.sample for change in fxo.line.loop.changes if not change.closed]
    assert len(opened) == 1 and opened[0] - cleared == int(ms * 8)


def test_off_hook_again_in_mid_slope_keeps_the_loop(fxo: Bench) -> None:
    fxo.write(16, OHS)
    fxo.write(59, SQ)
    off_hook(fxo, 0xC0)
    fxo.write(5, 0)
    fxo.write(5, 1)
    fxo.run(80)
    assert fxo.line.loop.closed_by(TERMINAL)


def test_the_ringer_loads_the_line_by_rz_and_bells_take_from_the_ringing(fxo: Bench) -> None:
    loop = fxo.line.loop
    loop.ringing = Ringing(20.0, 75.0)
    alone = loop.ring_volts
    fxo.write(16, 0x02)
    assert loop.ren == pytest.approx(0.6) and loop.ring_volts < alone
    loop.attach("bells", ren=5.0)
    assert loop.ring_volts == pytest.approx(75.0 / (1 + 1250 / (7001 / 5.6)), rel=0.01)


def test_a_line_loaded_beyond_its_strength_rings_nobody(fxo: Bench) -> None:
    fxo.write(22, 0x16)
    fxo.write(23, 0x08)
    fxo.write(24, 0x99)
    loop = fxo.line.loop
    loop.ringing = Ringing(20.0, 75.0)
    loop.attach("bells", ren=30.0)
    loop.set_ring(fxo.now, True)
    fxo.run(300)
    assert not fxo.read(5) & 0x04
    loop.detach("bells")
    fxo.run(300)
    assert fxo.read(5) & 0x04


# The driver, country by country

ROWS = {code: country.fxo for code, country in countries.countries().items()}


def row_of(code: str) -> tuple[int, ...]:
    row = ROWS[code]
    return (row.ohs, row.ohs2, row.rz, row.rt, row.ilim, row.dcv, row.mini, row.acim)


def test_every_countrys_row_is_in_the_registers_and_on_the_line(twin: FirmwareHost) -> None:
    """One country after another: nothing of the one before is left."""
    chip, loop = twin.hat.lines[0], twin.board.lines["A"].loop
    twin.command(p.OP_OFFHOOK, LINE_A)
    distinct = sorted({row_of(code) for code in ROWS})
    assert len(distinct) > 8
    for row in [*distinct, distinct[0]]:
        assert twin.config(p.CFG_FXO, *row) == p.OK
        twin.run(0.06)
        ohs, ohs2, rz, rt, ilim, dcv, mini, acim = row
        registers = chip.registers
        assert registers[16] == ohs << 6 | rz << 1 | rt and registers[26] == dcv << 6 | mini << 4 | ilim << 1
        assert registers[30] == acim and registers[31] & 0x08 == ohs2 << 3 and registers[59] == SQ * ohs
        expected = daa.termination(dcv, mini, ilim)
        assert loop.now.ma == pytest.approx(expected.ma(loop.now.volts), abs=0.1)
        assert loop.now.volts == pytest.approx(expected.volts + 0.05 * loop.now.ma, abs=0.1)


@pytest.mark.parametrize("code", ["CA", "GB", "AU"])
def test_dialled_breaks_are_as_long_in_every_country(twin: FirmwareHost, code: str) -> None:
    """The current ends at once, in 3 ms, in 26 ms: what the exchange sees of a pulse is 60 ms, 40 ms all the same."""
    twin.config(p.CFG_FXO, *row_of(code))
    twin.command(p.OP_OFFHOOK, LINE_A)
    twin.run(0.5)
    edges: list[Electrical] = []
    twin.board.on_tick(lambda board: edges.extend(board.lines["A"].loop.changes))
    twin.command(p.OP_PULSE, LINE_A, b"5")
    twin.run(0.8)
    lengths = [b.sample - a.sample for a, b in itertools.pairwise(edges)]
    assert [edge.closed for edge in edges] == [False, True] * 5
    assert all(abs(length / 8 - ms) <= 4.1 for length, ms in zip(lengths, [60, 40] * 5, strict=False)), lengths


def test_a_flash_breaks_as_long_as_it_was_asked_for_with_spark_quenching(twin: FirmwareHost) -> None:
    twin.config(p.CFG_FXO, *row_of("AU"))
    twin.command(p.OP_OFFHOOK, LINE_A)
    twin.run(0.5)
    edges: list[Electrical] = []
    twin.board.on_tick(lambda board: edges.extend(board.lines["A"].loop.changes))
    twin.command(p.OP_FLASH, LINE_A, 100)
    twin.run(0.6)
    assert [edge.closed for edge in edges] == [False, True]
    assert abs((edges[1].sample - edges[0].sample) / 8 - 100) <= 4.1


def test_an_answer_is_on_the_line_at_once_and_has_sound_within_150_ms(twin: FirmwareHost) -> None:
    call = twin.board.exchange.call("A", "+15145550123")
    twin.until(lambda: twin.of("RING_START"))
    twin.command(p.OP_OFFHOOK, LINE_A)
    asked = twin.board.now
    loop = twin.board.lines["A"].loop
    twin.until(lambda: loop.closed_by(TERMINAL), 0.1)
    call.party.say(np.full(8000, 6000, np.int16))
    twin.until(lambda: call.state == "connected", 1.0)
    twin.forget()
    twin.until(lambda: bool(np.abs(twin.last(LINE_A, 0.02)).max(initial=0) > 1000), 1.0)
    assert (twin.board.now - asked) / p.RATE < 0.30  # asked for, 145 ms, and a block each for line, highway and link


def test_a_telephone_cannot_hold_more_current_than_the_feed_gives() -> None:
    loop = Loop("C", 260.0, limit_ma=23.0)
    loop.attach("phone", closed=True)
    loop.advance(0)
    assert loop.now.ma == pytest.approx(23.0, abs=0.01) and loop.now.volts == pytest.approx(6.9, abs=0.01)
