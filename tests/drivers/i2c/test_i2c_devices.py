"""The board's I2C devices, and how each fails: in one process, over the socket, and on real pins when told to.

``FRONTDESK_I2C=/dev/i2c-1 pytest tests/drivers/i2c`` runs the tests marked ``real`` against the parts of a real board.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from board.eeprom import identity
from board.virtual.header_socket import serve_i2c
from board.virtual.i2c import VirtualI2c
from drivers.i2c import Bus, BusStuck, I2cError, NoAnswer, open_bus
from drivers.i2c.bus import SocketTransport
from drivers.i2c.devices import BoardDevices
from drivers.i2c.expander import Tca9534
from drivers.i2c.id_eeprom import IdEeprom
from drivers.i2c.power import Ina226
from drivers.i2c.rtc import ClockLost, Rv3028
from drivers.i2c.thermometer import Tmp1075
from hardware.id_eeprom import pack

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
REAL = os.environ.get("FRONTDESK_I2C")


class Time:
    """Seconds that pass only when somebody sleeps; the board counts its samples by them."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def samples(self) -> int:
        return round(self.now * 8000)


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def board(clock: Time) -> VirtualI2c:
    return VirtualI2c(clock.samples, NOON)


@pytest.fixture(params=["in one process", "over the socket"])
def bus(request: pytest.FixtureRequest, board: VirtualI2c, clock: Time, tmp_path: Path) -> Iterator[Bus]:
    if request.param == "in one process":
        yield Bus(board, clock.sleep)
        return
    server = serve_i2c(board, tmp_path / "i2c.sock")
    yield Bus(SocketTransport(tmp_path / "i2c.sock"), clock.sleep)
    server.close()


@pytest.fixture(params=["virtual", "real"])
def any_bus(request: pytest.FixtureRequest, board: VirtualI2c, clock: Time) -> Bus:
    """The virtual bus, and the real one where FRONTDESK_I2C names it."""
    if request.param == "virtual":
        return Bus(board, clock.sleep)
    if REAL is None:
        pytest.skip("FRONTDESK_I2C names no real bus")
    return open_bus(REAL)


# The same on a virtual board and on a real one


def test_every_part_is_the_one_it_should_be(any_bus: Bus) -> None:
    Rv3028(any_bus).identify()
    Tmp1075(any_bus).identify()
    Ina226(any_bus).identify()


def test_the_board_is_warm_and_fed(any_bus: Bus) -> None:
    power = Ina226(any_bus)
    power.start(1000)
    supply = power.read()
    assert 4750 <= supply.millivolts <= 5250
    assert 50 <= supply.milliamps <= 1000
    assert 0 <= Tmp1075(any_bus).celsius() <= 70


def test_the_clock_keeps_what_it_is_set_to(any_bus: Bus, clock: Time) -> None:
    rtc = Rv3028(any_bus, clock.sleep)
    now = dt.datetime.now(dt.UTC)
    rtc.set(now)
    assert dt.timedelta(0) <= rtc.time() - now.replace(microsecond=0) <= dt.timedelta(seconds=2)


def test_the_lamps_are_outputs_and_the_jack_is_an_input(any_bus: Bus) -> None:
    expander = Tca9534(any_bus)
    expander.start()
    expander.lamp("C", True)
    expander.lamp("C", False)
    assert expander.jack_12v() in (True, False)
    assert not expander.refresh()


# How each part fails


def test_a_clock_that_lost_its_supply_says_so_until_it_is_set(bus: Bus, board: VirtualI2c, clock: Time) -> None:
    rtc = Rv3028(bus, clock.sleep)
    assert rtc.time() == NOON
    board.clock.lose_supply()
    with pytest.raises(ClockLost, match="without supply"):
        rtc.time()
    eastern = dt.timezone(dt.timedelta(hours=-5))
    rtc.set(dt.datetime(2027, 1, 1, 0, 30, tzinfo=eastern))
    clock.sleep(61)
    assert rtc.time() == dt.datetime(2027, 1, 1, 5, 31, 1, tzinfo=dt.UTC)


def test_a_dip_of_the_supply_costs_the_time_only_without_the_backup_cell(
    bus: Bus, board: VirtualI2c, clock: Time
) -> None:
    rtc = Rv3028(bus, clock.sleep)
    assert rtc.use_backup()
    assert not rtc.use_backup(), "stored once: its EEPROM wears"
    clock.sleep(10)
    board.clock.brown_out()
    assert rtc.time() == NOON + dt.timedelta(seconds=clock.samples() // 8000)
    fresh = VirtualI2c(clock.samples, NOON)
    fresh.clock.brown_out()
    with pytest.raises(ClockLost):
        Rv3028(Bus(fresh, clock.sleep)).time()


def test_digits_that_are_none_are_no_time(bus: Bus, board: VirtualI2c) -> None:
    class Garbled(type(board.clock)):  # type: ignore[misc]
        def load(self, register: int) -> int:
            return 0x1A if register == 1 else int(super().load(register))

    board.clock.__class__ = Garbled
    with pytest.raises(ClockLost, match="minute reads 0x1a"):
        Rv3028(bus).time()


@pytest.mark.parametrize("year", [1999, 2100])
def test_years_the_clock_does_not_know_are_refused(bus: Bus, year: int) -> None:
    with pytest.raises(ValueError, match="2000 to 2099"):
        Rv3028(bus).set(dt.datetime(year, 6, 1, tzinfo=dt.UTC))
    with pytest.raises(ValueError, match="UTC offset"):
        Rv3028(bus).set(dt.datetime(2026, 6, 1))


@pytest.mark.parametrize("celsius", [-40.0, -0.0625, 0.0, 25.5, 70.0625, 125.0])
def test_temperatures_are_read_to_a_sixteenth(bus: Bus, board: VirtualI2c, celsius: float) -> None:
    board.thermometer.celsius = celsius
    assert Tmp1075(bus).celsius() == celsius


def test_the_thermometer_alarms_above_and_rests_below(bus: Bus, board: VirtualI2c) -> None:
    wire: list[bool] = []
    board.on_interrupt = wire.append
    Tmp1075(bus).alarm(65.0, 70.0)
    for celsius in (60, 69, 71, 67, 64):
        board.thermometer.celsius = float(celsius)
        board.refresh()
    assert wire == [True, False]


def test_current_has_its_sign_and_the_alert_its_limit(bus: Bus, board: VirtualI2c) -> None:
    power = Ina226(bus)
    wire: list[bool] = []
    board.on_interrupt = wire.append
    power.start(1000)
    board.power.milliamps = -12.5
    assert power.read().milliamps == pytest.approx(-12.5, abs=0.2)
    board.power.milliamps = 1200
    board.power.millivolts = 4800
    supply = power.read()
    assert supply.milliamps == pytest.approx(1200, abs=0.2)
    assert supply.millivolts == 4800
    assert wire == [True]


def test_a_dip_of_the_monitors_supply_is_mended_and_counted(bus: Bus, board: VirtualI2c) -> None:
    power = Ina226(bus)
    with pytest.raises(I2cError, match="not started"):
        power.read()
    power.start(1000)
    before = power.read().milliamps
    board.power.brown_out()
    assert power.read().milliamps == before
    assert power.restarts == 1


def test_a_dip_of_the_expanders_supply_is_mended_and_counted(bus: Bus, board: VirtualI2c) -> None:
    expander = Tca9534(bus)
    expander.start()
    expander.lamp("D", True)
    assert board.expander.levels() == 0b0010_0000
    board.expander.brown_out()
    assert board.expander.levels() == 0, "its lamp is dark"
    assert expander.refresh()
    assert board.expander.levels() == 0b0010_0000
    board.expander.inputs = 1
    assert expander.jack_12v()
    assert expander.restarts == 1


def test_the_identity_is_written_page_by_page_and_read_again(bus: Bus, board: VirtualI2c, clock: Time) -> None:
    eeprom = IdEeprom(bus, clock.sleep)
    board.eeprom.jumper = True
    ours = identity(version=1)
    eeprom.write(pack(ours))
    assert eeprom.identity() == ours
    eeprom.write(b"across a page's end, and on", 60)
    assert eeprom.read(60, 27) == b"across a page's end, and on"


def test_a_protected_eeprom_keeps_nothing_and_that_is_seen(bus: Bus, clock: Time) -> None:
    with pytest.raises(I2cError, match="set JP1"):
        IdEeprom(bus, clock.sleep).write(b"x")


def test_a_blank_or_damaged_eeprom_is_no_identity(bus: Bus, board: VirtualI2c) -> None:
    with pytest.raises(I2cError, match="the chip is blank"):
        IdEeprom(bus).identity()
    image = bytearray(pack(identity()))
    image[30] ^= 1
    board.eeprom.memory[: len(image)] = image
    with pytest.raises(I2cError, match="wrong checksum"):
        IdEeprom(bus).identity()


@pytest.mark.parametrize(("offset", "count"), [(-1, 1), (4000, 97), (4096, 1)])
def test_addresses_outside_the_eeprom_are_refused(bus: Bus, offset: int, count: int) -> None:
    with pytest.raises(ValueError, match="of 4096"):
        IdEeprom(bus).read(offset, count)


def test_a_part_that_misses_a_transfer_is_asked_again(bus: Bus, board: VirtualI2c) -> None:
    board.thermometer.misses = 2
    assert Tmp1075(bus).celsius() == 32.0
    assert bus.errors == {0x48: 2}
    board.thermometer.misses = 3
    with pytest.raises(NoAnswer, match=r"thermometer TMP1075 \(0x48\) does not answer"):
        Tmp1075(bus).celsius()


def test_a_held_bus_is_told_apart_from_an_absent_part(bus: Bus, board: VirtualI2c) -> None:
    board.held = True
    asked = len(board.history)
    with pytest.raises(BusStuck, match="held by a part"):
        Tmp1075(bus).celsius()
    assert len(board.history) == asked + 1, "each further try would wait for the kernel's time-out"
    board.held = False
    assert Tmp1075(bus).celsius() == 32.0


def test_another_part_at_the_address_is_seen(bus: Bus, board: VirtualI2c) -> None:
    board.thermometer.registers[0x0F] = 0x1234
    with pytest.raises(I2cError, match="identification reads 0x1234"):
        Tmp1075(bus).identify()
    board.power.registers[0xFE] = 0
    with pytest.raises(I2cError, match="maker reads 0x0000"):
        Ina226(bus).identify()


# All devices together


def test_a_survey_of_a_healthy_board(bus: Bus, clock: Time) -> None:
    found = BoardDevices(bus, clock.sleep).survey()
    assert found.faults == {}
    assert (found.time, found.celsius, found.jack_12v) == (NOON, 32.0, False)
    assert found.supply is not None
    assert found.supply.milliamps == pytest.approx(210, abs=0.2)


def test_a_survey_goes_on_past_a_part_that_fails_and_takes_it_back(bus: Bus, board: VirtualI2c, clock: Time) -> None:
    devices = BoardDevices(bus, clock.sleep)
    board.power.absent = True
    board.clock.lose_supply()
    found = devices.survey()
    assert set(found.faults) == {"power", "clock"}
    assert found.supply is None
    assert found.celsius == 32.0
    board.power.absent = False
    board.power.brown_out()
    devices.clock.set(NOON)
    found = devices.survey()
    assert found.faults == {}
    assert found.supply is not None
    assert found.supply.milliamps == pytest.approx(210, abs=0.2)


def test_a_survey_waits_for_a_held_bus_only_once(bus: Bus, board: VirtualI2c, clock: Time) -> None:
    devices = BoardDevices(bus, clock.sleep)
    devices.survey()
    board.held = True
    asked = len(board.history)
    found = devices.survey()
    assert set(found.faults) == {"clock", "thermometer", "power", "expander"}
    assert len(board.history) == asked + 1
    board.held = False
    assert devices.survey().faults == {}


def test_a_clock_whose_crystal_stands_is_found(bus: Bus, board: VirtualI2c, clock: Time) -> None:
    devices = BoardDevices(bus, clock.sleep, lambda: clock.now)
    devices.survey()
    clock.sleep(5)
    assert devices.survey().faults == {}
    board.clock.stopped = True
    devices.survey()
    clock.sleep(60)
    assert "it has stood at" in devices.survey().faults["clock"]
    board.clock.stopped = False
    clock.sleep(60)
    assert devices.survey().faults == {}


def test_a_dip_of_the_whole_supply_is_counted(bus: Bus, board: VirtualI2c, clock: Time) -> None:
    devices = BoardDevices(bus, clock.sleep)
    devices.survey()
    for chip in (board.clock, board.thermometer, board.power, board.expander):
        chip.brown_out()
    found = devices.survey()
    assert found.faults == {}
    assert found.restarts == 2


def test_no_bus_here_is_told(tmp_path: Path) -> None:
    with pytest.raises(I2cError, match="no virtual board's I2C bus"):
        open_bus(f"unix:{tmp_path / 'none.sock'}")
    with pytest.raises(I2cError, match="I2C bus /dev/i2c-99"):
        open_bus("/dev/i2c-99")
