"""The Pi's header pins on the virtual board: RPi.GPIO's API towards the box, wires towards the board, and a history.

A wire's level is what drives it: a fault that holds it, else an output of the Pi, else the board, else the board's
resistor, else the Pi's own pull, else low. Two drivers against each other are recorded as a conflict. Every change of
a level is kept with the sample at which it happened and who caused it. Safe to use from several threads; watchers and
edge callbacks run in the thread that made the change, without the lock.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from hardware import tables

HISTORY = 10_000
"""Changes kept; the oldest go first."""

_BOARD_RESISTORS = {"mcu_run": 1, "mcu_bootsel": 1, "mcu_irq": 1, "aux_int": 1, "lifeline_enable": 0}
"""Role -> the level the board's own resistor gives (netlist: RUN and QSPI_SS through their pass switches)."""


_PULLS = {20: "off", 21: "down", 22: "up"}  # PUD_OFF, PUD_DOWN, PUD_UP


class PinError(RuntimeError):
    """Raised for a use of the API that RPi.GPIO refuses as well."""


@dataclass(frozen=True)
class Change:
    """One change of a wire's level. ``at``: the board's sample; ``by``: "pi", "board" or "fault"."""

    at: int
    gpio: int
    level: int
    by: str


@dataclass
class _Wire:
    direction: str = ""  # "" not set up by the Pi, "in", "out"
    pull: str = "off"
    output: int = 0
    board: int | None = None
    resistor: int | None = None
    fault: int | None = None
    level: int = 0

    def resolve(self) -> int:
        """The level by the strongest driver."""
        pulls = {"up": 1, "down": 0, "off": None}
        drivers = (self.fault, self.output if self.direction == "out" else None, self.board, self.resistor)
        return next((level for level in (*drivers, pulls[self.pull]) if level is not None), 0)

    def conflict(self) -> bool:
        """Whether the Pi and the board drive against each other."""
        return self.direction == "out" and self.board is not None and self.board != self.output


class VirtualGpio:
    """All GPIOs of the header. ``clock`` gives the board's sample counter."""

    BOARD, BCM = 10, 11
    OUT, IN = 0, 1
    LOW, HIGH = 0, 1
    PUD_OFF, PUD_DOWN, PUD_UP = 20, 21, 22
    RISING, FALLING, BOTH = 31, 32, 33

    def __init__(self, clock: Callable[[], int] = lambda: 0, keeps_outputs: bool = True) -> None:
        """``keeps_outputs``: what the kernel does with the outputs of a process that dies. The Pi's keeps them as they
        are (raspberrypi/linux PR 6150, persist_gpio_outputs); others make inputs of them.
        """
        self.history: deque[Change] = deque(maxlen=HISTORY)
        self.conflicts: list[int] = []
        self._clock = clock
        self._keeps_outputs = keeps_outputs
        self._lock = threading.RLock()
        self._watchers: list[Callable[[int, int], None]] = []
        self._edges: dict[int, tuple[int, Callable[[int], None], int]] = {}
        self._called: dict[int, int] = {}
        pins = [pin for pin in tables.pins() if pin.ref == tables.PI and pin.name.startswith("GPIO")]
        self._wires = {pin.gpio: _Wire(resistor=_BOARD_RESISTORS.get(pin.role)) for pin in pins}
        for wire in self._wires.values():
            wire.level = wire.resolve()

    # RPi.GPIO's API

    def setmode(self, mode: int) -> None:
        """Only BCM numbers are spoken here."""
        if mode != self.BCM:
            raise PinError("channels are BCM numbers: setmode(BCM)")

    def setwarnings(self, on: bool) -> None:
        """Nothing to warn of: these pins are nobody else's."""

    def setup(self, channel: int, direction: int, pull_up_down: int = PUD_OFF, initial: int | None = None) -> None:
        """Makes a pin an input with a pull, or an output at a level; without one it stays at the level it has."""
        wire = self._wire(channel)
        with self._lock:
            wire.output = wire.level if initial is None else int(bool(initial))
            wire.direction = "out" if direction == self.OUT else "in"
            wire.pull = _PULLS[pull_up_down]
        self._settle(channel, "pi")

    def gpio_function(self, channel: int) -> int:
        """OUT or IN, whoever made it so."""
        return self.OUT if self._wire(channel).direction == "out" else self.IN

    def output(self, channel: int, level: int) -> None:
        """Sets an output's level. Raises PinError where the pin is none."""
        wire = self._wire(channel)
        if wire.direction != "out":
            raise PinError(f"GPIO{channel} has not been set up as an output")
        with self._lock:
            wire.output = int(bool(level))
        self._settle(channel, "pi")

    def input(self, channel: int) -> int:
        """The level on a pin's wire. Raises PinError where the pin was not set up."""
        wire = self._wire(channel)
        if not wire.direction:
            raise PinError(f"GPIO{channel} has not been set up")
        return wire.level

    def add_event_detect(self, channel: int, edge: int, callback: Callable[[int], None], bouncetime: int = 0) -> None:
        """Calls back on an edge; further edges within ``bouncetime`` ms of the board's clock are not told."""
        if self._wire(channel).direction != "in" or edge not in (self.RISING, self.FALLING, self.BOTH):
            raise PinError(f"GPIO{channel} is no input, or {edge} is no edge")
        self._edges[channel] = (edge, callback, bouncetime * 8)

    def remove_event_detect(self, channel: int) -> None:
        """No more calls for a pin."""
        self._edges.pop(channel, None)

    def cleanup(self, channel: list[int]) -> None:
        """Gives pins back: open, their levels by the board's resistors."""
        for one in channel:
            self.remove_event_detect(one)
            wire = self._wire(one)
            with self._lock:
                wire.direction, wire.pull = "", "off"
            self._settle(one, "pi")

    def abandon(self, channel: list[int]) -> None:
        """The process that used these pins has died without giving them back."""
        self.cleanup([one for one in channel if not (self._keeps_outputs and self.gpio_function(one) == self.OUT)])

    # The board's side

    def level(self, role: str) -> int:
        """The level on the wire of a role of the pin map."""
        return self._wires[tables.pi_pin(role).gpio].level

    def levels(self) -> dict[int, int]:
        """Every GPIO's level."""
        with self._lock:
            return {gpio: wire.level for gpio, wire in self._wires.items()}

    def drive(self, role: str, level: int | None) -> None:
        """The board drives a wire, or lets go of it (None)."""
        gpio = tables.pi_pin(role).gpio
        with self._lock:
            self._wires[gpio].board = level
        self._settle(gpio, "board")

    def stick(self, role: str, level: int | None) -> None:
        """A fault: a wire is shorted to a level, or no more (None)."""
        gpio = tables.pi_pin(role).gpio
        with self._lock:
            self._wires[gpio].fault = level
        self._settle(gpio, "fault")

    def watch(self, told: Callable[[int, int], None]) -> None:
        """``told(gpio, level)`` at each change of a level."""
        self._watchers.append(told)

    def unwatch(self, told: Callable[[int, int], None]) -> None:
        """No more calls."""
        self._watchers.remove(told)

    def _wire(self, channel: int) -> _Wire:
        if channel not in self._wires:
            raise PinError(f"GPIO{channel} is not on the header")
        return self._wires[channel]

    def _settle(self, gpio: int, by: str) -> None:
        wire = self._wires[gpio]
        with self._lock:
            if wire.conflict() and gpio not in self.conflicts:
                self.conflicts.append(gpio)
            level = wire.resolve()
            if level == wire.level:
                return
            wire.level = level
            now = self._clock()
            self.history.append(Change(now, gpio, level, by))
            edge, callback, bounce = self._edges.get(gpio, (0, None, 0))
            due = edge in (self.BOTH, self.RISING if level else self.FALLING)
            due = due and now - self._called.get(gpio, -bounce) >= bounce
            if due:
                self._called[gpio] = now
        for told in tuple(self._watchers):
            told(gpio, level)
        if due and callback is not None:
            callback(gpio)
