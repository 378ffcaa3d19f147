"""All devices of the board together, as the Health page wants them: what each says, or why it does not.

``BoardDevices.open`` starts what answers; ``survey`` reads everything and never raises: a device that fails gives its
reason in place of its value, and the others are still read. Blocks for a few milliseconds (a second with a stuck bus):
call through a worker.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from drivers.i2c.bus import Bus, BusStuck, I2cError
from drivers.i2c.expander import Tca9534
from drivers.i2c.power import Ina226, Supply
from drivers.i2c.rtc import Rv3028
from drivers.i2c.thermometer import Tmp1075

T = TypeVar("T")

LIMIT_MA = 1000.0  # hardware.md 7.4: what the board may draw from the header
HOT, COOL = 70.0, 65.0  # degrees: the alert, and the end of it
STANDS_S = 2.0  # a clock to the second that has not moved for this long stands


@dataclass
class Survey:
    """One look at all devices; None where a value is not known, with the reason in ``faults`` (device -> sentence)."""

    time: dt.datetime | None = None
    celsius: float | None = None
    supply: Supply | None = None
    jack_12v: bool | None = None
    faults: dict[str, str] = field(default_factory=dict)
    restarts: int = 0
    """Dips of the devices' supply since the start."""


class BoardDevices:
    """The devices on the Pi's bus 1."""

    def __init__(
        self,
        bus: Bus,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = Rv3028(bus, sleep)
        self.thermometer = Tmp1075(bus)
        self.power = Ina226(bus)
        self.expander = Tca9534(bus)
        self._ready: set[str] = set()
        self._held = ""
        self._now = now
        self._read_at: tuple[float, dt.datetime] | None = None

    def survey(self) -> Survey:
        """Reads all; starts a device that had not answered before. Never raises I2cError."""
        found = Survey()
        self._held = ""
        found.time = self._try(found, "clock", self._start_clock, self._read_clock)
        found.celsius = self._try(found, "thermometer", self._start_thermometer, self.thermometer.celsius)
        found.supply = self._try(found, "power", self._start_power, self.power.read)
        found.jack_12v = self._try(found, "expander", self.expander.start, self._read_expander)
        found.restarts = self.power.restarts + self.expander.restarts
        return found

    def _try(self, found: Survey, name: str, start: Callable[[], None], read: Callable[[], T]) -> T | None:
        if self._held:  # each further try would wait for the kernel's time-out again
            found.faults[name] = self._held
            return None
        try:
            if name not in self._ready:
                start()
                self._ready.add(name)
            return read()
        except BusStuck as error:
            self._held = found.faults[name] = str(error)
        except I2cError as error:
            self._ready.discard(name)
            found.faults[name] = str(error)
        return None

    def _start_clock(self) -> None:
        self.clock.identify()
        self.clock.use_backup()

    def _read_clock(self) -> dt.datetime:
        """The time; I2cError when it has not moved since the last look although it should have."""
        found, now = self.clock.time(), self._now()
        before, self._read_at = self._read_at, (now, found)
        if before is not None and now - before[0] >= STANDS_S and found == before[1]:
            raise I2cError(f"clock RV-3028: it has stood at {found:%H:%M:%S} for {now - before[0]:.0f} s")
        return found

    def _start_thermometer(self) -> None:
        self.thermometer.identify()
        self.thermometer.alarm(COOL, HOT)

    def _start_power(self) -> None:
        self.power.identify()
        self.power.start(LIMIT_MA)

    def _read_expander(self) -> bool:
        self.expander.refresh()
        return self.expander.jack_12v()
