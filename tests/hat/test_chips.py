"""The chip models by their registers: what each must do so that a mistake of the firmware shows (hardware.md 8.1)."""

from __future__ import annotations

import numpy as np
import pytest

from board.virtual.chips.highway import Highway
from board.virtual.chips.si3050 import TERMINAL, Si3050
from board.virtual.chips.si3210 import Si3210
from board.virtual.loop import Ringing, Termination
from drivers.signals import g711
from firmware.hat.protocol import BLOCK
from tests.hat.chip_bench import Bench

# Si3050 and Si3019


def test_a_si3050_in_reset_or_without_clock_is_dead(fxo: Bench) -> None:
    assert fxo.read(2) == 3
    fxo.chip.clock_stopped = True
    assert fxo.read(2) == 0
    fxo.chip.clock_stopped = False
    fxo.chip.silent = True
    assert fxo.read(2) == 0xFF
    fxo.chip.silent = False
    fxo.write(30, 5)
    fxo.chip.set_reset(True)
    assert fxo.read(2) == 0
    fxo.chip.set_reset(False)
    assert fxo.read(30) == 0 and fxo.read(11) >> 4 == 0


@pytest.mark.parametrize(
    ("pclk", "fsync", "alive"),
    [
        (512_000, 8_000, True),
        (0, 0, False),
        (504_000, 8_000, False),
        (512_000, 8_127, False),
        (1_024_000, 8_000, False),
    ],
)
@pytest.mark.parametrize("kind", [Si3050, Si3210])
def test_a_chip_lives_on_64_pclk_a_frame_of_8_khz(
    kind: type[Si3050 | Si3210], pclk: int, fsync: int, alive: bool
) -> None:
    bench = Bench(kind)
    bench.chip.set_clocks(pclk, fsync)
    assert bench.read(2 if kind is Si3050 else 11) == (0 if not alive else 3 if kind is Si3050 else 0x33)
    bench.chip.set_clocks(512_000, 8_000)
    assert bench.read(2 if kind is Si3050 else 11) in (3, 0x33)


def test_a_wrong_control_byte_is_ignored(fxo: Bench) -> None:
    for byte in (0x00, 0x21, 0xFF):
        assert fxo.chip.clock(byte) == 0
    fxo.write(30, 7)
    assert fxo.read(30) == 7


def test_the_line_side_comes_up_100_ms_after_it_was_powered() -> None:
    bench = Bench(Si3050)
    assert bench.read(2) == 3 and bench.read(11) >> 4 == 0
    bench.run(400)
    assert bench.read(11) >> 4 == 0  # nobody has written 0 to register 6
    bench.write(6, 0)
    bench.run(80)
    assert bench.read(11) >> 4 == 0 and not bench.read(12) & 0x40
    bench.run(40)
    assert bench.read(11) >> 4 == 3 and bench.read(12) & 0x40


def test_line_voltage_is_signed_and_nothing_up_to_3_v(fxo: Bench) -> None:
    assert fxo.read(29) == 48
    fxo.line.loop.set_reversed(fxo.now, True)
    fxo.run(20)
    assert fxo.read(29) - 256 == -48
    fxo.line.loop.battery_v = 2.6
    fxo.line.loop.set_reversed(fxo.now, False)
    fxo.run(20)
    assert fxo.read(29) == 0
    fxo.write(31, 0x21)  # LVFD
    assert fxo.read(29) == 3
    fxo.line.loop.battery_v = 48.0
    fxo.chip.sense_error = 0.1  # type: ignore[attr-defined]
    fxo.line.loop.set_reversed(fxo.now, True)
    fxo.run(20)
    assert fxo.read(29) - 256 == -53


def test_off_hook_closes_the_loop_and_its_current_is_read(fxo: Bench) -> None:
    assert fxo.read(28) == 0
    fxo.write(5, 0x01)
    fxo.run(60)
    assert fxo.line.loop.closed_by(TERMINAL)
    assert fxo.read(28) == int(fxo.line.loop.now.ma / 1.1) and fxo.read(12) & 0x1F == int(fxo.line.loop.now.ma / 3.3)
    fxo.write(5, 0)
    fxo.run(40)
    assert not fxo.line.loop.now.closed and fxo.read(28) == 0


def test_without_isolation_link_nothing_new_of_the_line_is_known(fxo: Bench) -> None:
    """Frame lock goes, and what was measured last stays where it is though the loop is open by then."""
    fxo.write(5, 0x01)
    fxo.write(3, 0x40)
    fxo.write(2, 0x83)
    fxo.run(60)
    status, current, volts = fxo.read(12), fxo.read(28), fxo.read(29)
    assert status & 0x40 and current > 20 and 5 < volts < 12
    fxo.chip.isolation_lost = True  # type: ignore[attr-defined]
    fxo.run(40)
    assert (fxo.read(12), fxo.read(28), fxo.read(29)) == (status & ~0x40, current, volts)
    assert fxo.read(4) & 0x40 and fxo.chip.interrupt
    assert not fxo.line.loop.now.closed
    fxo.write(4, 0)
    assert not fxo.chip.interrupt


def test_ringing_is_seen_by_its_level_and_validated(fxo: Bench) -> None:
    fxo.write(22, 0x16)  # RDLY 0
    fxo.write(23, 0x08)  # RCC 100 ms, RTO 128 ms
    fxo.write(24, 0x99)  # RNGV
    fxo.line.loop.set_ring(fxo.now, True)
    halves = set()
    for block in range(10):
        fxo.run(20)
        halves.add(fxo.read(5) & 0x60)
        assert bool(fxo.read(5) & 0x04) == (block >= 6)  # 120 ms
    assert halves == {0x20, 0x40}
    fxo.line.loop.set_ring(fxo.now, False)
    fxo.run(120)
    assert fxo.read(5) & 0x04
    fxo.run(40)
    assert not fxo.read(5) & 0x64
    fxo.write(16, 1)  # RT: the higher threshold
    fxo.line.loop.ringing = Ringing(20.0, 18.0)
    fxo.line.loop.set_ring(fxo.now, True)
    fxo.run(400)
    assert not fxo.read(5) & 0x64
    fxo.write(16, 0)
    fxo.run(200)
    assert fxo.read(5) & 0x04


def test_gains_and_taps_of_the_si3050_are_heard(fxo: Bench) -> None:
    chip = fxo.chip
    fxo.write(33, 0x28)
    fxo.write(5, 0x01)
    fxo.run(420)
    tone = np.rint(8000 * np.sin(np.arange(BLOCK) * 0.6)).astype(np.int16)
    fxo.line.pair.say_far(tone)
    flat = chip.give(True).astype(float)
    fxo.line.pair.start()
    fxo.write(39, 16 + 6)
    fxo.line.pair.say_far(tone)
    assert 20 * np.log10(np.std(chip.give(True)) / np.std(flat)) == pytest.approx(-6.0, abs=0.3)


# Si3210


def test_a_si3210_after_reset_reads_as_the_data_sheet_says() -> None:
    bench = Bench(Si3210)
    assert [bench.read(register) for register in (8, 11, 64)] == [2, 0x33, 0]
    bench.write(11, 7)
    assert bench.read(11) == 0x33


def test_the_battery_rises_with_the_converter_and_decays_without() -> None:
    bench = Bench(Si3210)
    bench.run(100)
    assert bench.read(82) == 0
    bench.write(14, 0)
    bench.run(40)
    early = bench.read(82)
    bench.run(400)
    assert 0 < early < 0xC0 <= bench.read(82)
    bench.write(14, 0x10)
    bench.run(60)
    assert bench.read(82) > 0x70
    bench.chip.leaky = True  # type: ignore[attr-defined]
    bench.run(60)
    assert bench.read(82) < 0x70


def test_indirect_access_is_busy_for_a_while_and_holds_what_was_written(fxs: Bench) -> None:
    fxs.indirect(21, 0x1D1)
    assert fxs.read(31) & 1
    assert not fxs.read(31) & 1
    fxs.write(30, 21)
    while fxs.read(31) & 1:
        pass
    assert fxs.read(28) | fxs.read(29) << 8 == 0x1D1


def test_calibration_is_busy_until_it_is_done(fxs: Bench) -> None:
    fxs.write(97, 0x1F)
    fxs.write(96, 0x5F)
    assert fxs.read(96) & 0x40
    fxs.run(320)
    assert not fxs.read(96) & 0x40
    fxs.chip.calibration_stuck = True  # type: ignore[attr-defined]
    fxs.write(96, 0x5F)
    fxs.run(2000)
    assert fxs.read(96) & 0x40


@pytest.mark.parametrize(("state", "fed", "reverse", "ring"), [(0, 0, 0, 0), (1, 1, 0, 0), (5, 1, 1, 0), (4, 1, 0, 1)])
def test_linefeed_states_are_on_the_pair(fxs: Bench, state: int, fed: int, reverse: int, ring: int) -> None:
    fxs.write(64, state)
    fxs.run(40)
    now = fxs.line.loop.now
    assert (now.fed, now.reversed, now.ring_on) == (bool(fed), bool(reverse), bool(ring))
    assert fxs.read(64) == state | state << 4


def test_loop_closure_has_its_debounce_and_its_interrupt(fxs: Bench) -> None:
    fxs.line.loop.attach("phone")
    fxs.write(69, 8)  # 10 ms
    fxs.write(22, 0x02)
    fxs.run(20)
    fxs.line.loop.set_contact("phone", fxs.now + 40, True)
    fxs.line.loop.set_contact("phone", fxs.now + 80, False)  # 5 ms: bounce
    fxs.run(40)
    assert not fxs.read(68) & 1 and not fxs.chip.interrupt
    fxs.line.loop.set_contact("phone", fxs.now, True)
    fxs.run(40)
    assert fxs.read(68) & 1 and fxs.read(79) == round(fxs.line.loop.now.ma / 1.25)
    assert fxs.chip.interrupt
    fxs.write(19, 0x02)
    assert not fxs.chip.interrupt


@pytest.mark.parametrize(
    ("ohm", "limit", "volts", "ma"), [(200.0, 1, 4.6, 23), (600.0, 1, 13.8, 23), (300.0, 7, 12.3, 41)]
)
def test_loop_volts_and_current_are_the_telephones(fxs: Bench, ohm: float, limit: int, volts: float, ma: float) -> None:
    """Registers 78 (1.5 V a step) and 79 (1.25 mA a step) with 200 to 600 R off hook, at the limit of register 71."""
    fxs.write(71, limit)
    fxs.line.loop.attach("phone", closed=True, termination=Termination(ohm=ohm))
    fxs.run(40)
    assert fxs.read(78) == int(volts / 1.5 + 0.001) and fxs.read(79) == round(ma / 1.25)


def test_open_circuit_voltage_is_register_72(fxs: Bench) -> None:
    assert fxs.read(78) == 48 // 1.5
    fxs.write(72, 0x10)
    fxs.run(40)
    assert fxs.read(78) == 24 // 1.5


@pytest.mark.parametrize(("hz", "ren"), [(20.0, 1.0), (25.0, 3.0), (50.0, 5.0)])
def test_ringing_current_is_the_bells(fxs: Bench, hz: float, ren: float) -> None:
    """7000 R a REN at 20 Hz (6930 R and 8 uF), a little less at higher frequencies."""
    fxs.line.loop.attach("phone", ren=ren)
    fxs.indirect(20, {20.0: 0x7EF0, 25.0: 0x7E6D, 50.0: 0x79BC}[hz])
    fxs.indirect(21, int(0x1D1 * hz / 20.0))
    fxs.write(64, 4)
    fxs.run(40)
    ohm = abs(6930 + 1 / (2j * np.pi * hz * 8e-6)) / ren + fxs.line.loop.ring_ohm
    assert fxs.read(79) == min(63, round(89 / 2**0.5 / ohm * 1000 / 1.25))


def test_ring_trip_ends_ringing_within_200_ms(fxs: Bench) -> None:
    fxs.line.loop.attach("phone")
    fxs.indirect(20, 0x7EF0)
    fxs.indirect(21, 0x1D1)
    fxs.write(64, 4)
    fxs.run(400)
    assert fxs.line.loop.ringing.hz == 20.0 and fxs.line.loop.ringing.volts_rms == pytest.approx(89 / 2**0.5, abs=0.5)
    assert fxs.read(79) == round(89 / 2**0.5 / (7000 + fxs.line.loop.ring_ohm) * 1000 / 1.25)
    fxs.line.loop.set_contact("phone", fxs.now, True)
    fxs.run(200)
    assert fxs.read(68) & 3 == 3 and fxs.read(64) == 0x11 and not fxs.line.loop.now.ring_on
    assert fxs.read(19) & 1


def test_too_many_bells_trip_the_power_alarm(fxs: Bench) -> None:
    fxs.line.loop.attach("phones", ren=6.0)
    fxs.write(64, 4)
    fxs.run(100)
    assert fxs.read(19) & 0xFC and fxs.read(64) & 0x70 == 0 and not fxs.line.loop.now.fed


# The highway


def highway() -> tuple[Highway, list[Bench]]:
    """Two lines and two handsets in slots 0 to 3, all up."""
    benches = [Bench(Si3050), Bench(Si3050), Bench(Si3210), Bench(Si3210)]
    for slot, bench in enumerate(benches):
        line = isinstance(bench.chip, Si3050)
        if line:
            bench.write(6, 0)
            bench.run(120)
            bench.write(33, 0x28)
            bench.write(5, 1)
        else:
            bench.write(8, 0)
            bench.write(14, 0)
            bench.write(1, 0x28)
        for register in (34, 36) if line else (2, 4):
            bench.write(register, slot * 8)
        bench.run(440)
        if not line:
            bench.write(64, 1)
            bench.run(40)
    for bench in benches:
        bench.line.pair.start()
    return Highway([bench.chip for bench in benches]), benches


def test_each_chip_has_its_slot() -> None:
    bus, benches = highway()
    levels = [2000, 4000, 8000, 12000]
    for bench, level in zip(benches, levels, strict=True):
        bench.line.pair.say_far(np.full(BLOCK, level, np.int16))
    bus.play(bytes((0xFF,)) * 640)
    up = np.frombuffer(bus.collect(), np.uint8).reshape(BLOCK, 4)
    for slot, level in enumerate(levels):
        assert abs(int(g711.decode(np.ascontiguousarray(up[:, slot]), "mu")[100]) - level) < level // 8
    assert bus.conflicts == 0


def test_two_chips_in_one_slot_are_a_conflict() -> None:
    bus, benches = highway()
    benches[1].write(34, 0)
    bus.play(bytes(640))
    bus.collect()
    assert bus.conflicts == 1


def test_a_chip_on_an_echo_slot_hears_its_partner_in_the_same_frame() -> None:
    bus, benches = highway()
    benches[0].write(36, 32 + 2 * 8)
    benches[2].write(4, 32)
    benches[0].line.pair.say_far(np.full(BLOCK, 6000, np.int16))
    benches[2].line.pair.say_far(np.full(BLOCK, 3000, np.int16))
    bus.play(bytes((0xFF,)) * 640)
    bus.bridge()
    assert abs(int(benches[2].line.pair.hear_far()[100]) - 6000) < 300
    assert abs(int(benches[0].line.pair.hear_far()[100]) - 3000) < 200
