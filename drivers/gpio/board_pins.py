"""What the Pi does with the HAT through its own pins.

``BoardPins(gpio)`` takes the pins (LEDs dark, the MCU running), ``close`` gives them back: they fall to their pulls,
which release the lifeline and let the MCU run. A process that dies gives nothing back: the Pi's kernel keeps its
outputs as they are (raspberrypi/linux PR 6150; others make inputs of them), so a lifeline that is found held stays
held: it may carry a conversation, and the HAT lets go of its half by itself when nobody speaks to it. RUN and BOOTSEL
are open drain: driven low or left open, never driven high (HAT+ standby: the board may be without power while the Pi
lives).

The pulses block for a few milliseconds and do not look at the sample clock, which stands still while the MCU is in
reset; call them off the loop or accept the pause. Errors are GpioError.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from drivers.gpio.backend import Gpio
from hardware import tables

RESET_S = 0.02
"""RUN low. The 100 nF at RUN needs 1 ms through its 10 kohm; the RP2040 itself 20 ns."""

BOOT_S = 0.5
"""BOOTSEL stays low this long after RUN rose: the boot ROM samples it within 10 ms, the flash's own start included."""

BOUNCE_MS = 30
LONG_PRESS_S = 5.0
"""A button held longer resets the box's settings (hardware.md 7.2); shorter picks up or hangs up."""

Led = Literal["status", "call"]


class BoardPins:
    """The HAT's control pins. ``sleep`` and ``now`` (seconds) can be a test's own."""

    def __init__(
        self,
        gpio: Gpio,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gpio = gpio
        self._sleep = sleep
        self._now = now
        self._pressed_at: float | None = None
        roles = ("mcu_run", "mcu_bootsel", "swdio", "swclk", "mcu_irq", "mcu_alive", "aux_int", "button")
        self._pin = {role: tables.pi_pin(role) for role in (*roles, "led_status", "led_call", "lifeline_enable")}
        gpio.setwarnings(False)
        gpio.setmode(gpio.BCM)
        for role in ("led_status", "led_call"):
            gpio.setup(self._pin[role].gpio, gpio.OUT, initial=gpio.LOW)
        lifeline = self._pin["lifeline_enable"].gpio
        if gpio.gpio_function(lifeline) == gpio.OUT:
            gpio.setup(lifeline, gpio.OUT)
        else:
            gpio.setup(lifeline, gpio.OUT, initial=gpio.LOW)
        for role in roles:
            pulls = {"up": gpio.PUD_UP, "down": gpio.PUD_DOWN, "none": gpio.PUD_OFF}
            gpio.setup(self._pin[role].gpio, gpio.IN, pull_up_down=pulls[self._pin[role].pull])

    def close(self) -> None:
        """Gives all pins back; the lifeline falls to handset C on the line."""
        self._gpio.cleanup([pin.gpio for pin in self._pin.values()])

    # The MCU

    def reset(self) -> None:
        """Resets the MCU; it starts its firmware. Blocks RESET_S."""
        self._pull_low("mcu_run")
        self._sleep(RESET_S)
        self._let_go("mcu_run")

    def hold_in_reset(self, held: bool) -> None:
        """Keeps the MCU in reset, or lets it run."""
        if held:
            self._pull_low("mcu_run")
        else:
            self._let_go("mcu_run")

    def start_boot_loader(self) -> None:
        """Resets the MCU into its USB boot loader, whatever its flash holds. Blocks RESET_S + BOOT_S."""
        self._pull_low("mcu_bootsel")
        try:
            self.reset()
            self._sleep(BOOT_S)
        finally:
            self._let_go("mcu_bootsel")

    def irq(self) -> bool:
        """Whether the MCU says that events are waiting."""
        return self._active("mcu_irq")

    def alive_level(self) -> int:
        """The level of the pin the firmware toggles once a second while it is well."""
        return self._gpio.input(self._pin["mcu_alive"].gpio)

    def on_alive(self, toggled: Callable[[], None]) -> None:
        """``toggled`` runs, in the GPIO's own thread, at each change of the alive pin."""
        self._gpio.add_event_detect(self._pin["mcu_alive"].gpio, self._gpio.BOTH, lambda _: toggled())

    # The board

    def lifeline(self, held: bool) -> None:
        """The Pi's half of the lifeline relay: held, it pulls in as soon as the MCU wants it too."""
        self._gpio.output(self._pin["lifeline_enable"].gpio, self._gpio.HIGH if held else self._gpio.LOW)

    def lifeline_held(self) -> bool:
        """Whether the pin really is high: one that is shorted, or of a HAT that sits badly, may not follow."""
        return self._active("lifeline_enable")

    def led(self, which: Led, on: bool) -> None:
        """One of the two LEDs."""
        self._gpio.output(self._pin[f"led_{which}"].gpio, self._gpio.HIGH if on else self._gpio.LOW)

    def on_device_interrupt(self, told: Callable[[], None]) -> None:
        """``told`` runs when clock, expander, power monitor or thermometer ask for attention."""
        self._gpio.add_event_detect(self._pin["aux_int"].gpio, self._gpio.FALLING, lambda _: told())

    def on_button(self, pressed: Callable[[bool], None]) -> None:
        """``pressed(long)`` runs, in the GPIO's own thread, when the button is let go of."""

        def edge(channel: int) -> None:
            if self._gpio.input(channel) == self._gpio.LOW:
                self._pressed_at = self._now()
            elif self._pressed_at is not None:
                held, self._pressed_at = self._now() - self._pressed_at, None
                pressed(held >= LONG_PRESS_S)

        self._gpio.add_event_detect(self._pin["button"].gpio, self._gpio.BOTH, edge, bouncetime=BOUNCE_MS)

    def _active(self, role: str) -> bool:
        level = self._gpio.input(self._pin[role].gpio)
        return level == (self._gpio.LOW if self._pin[role].active == "low" else self._gpio.HIGH)

    def _pull_low(self, role: str) -> None:
        self._gpio.setup(self._pin[role].gpio, self._gpio.OUT, initial=self._gpio.LOW)

    def _let_go(self, role: str) -> None:
        self._gpio.setup(self._pin[role].gpio, self._gpio.IN, pull_up_down=self._gpio.PUD_OFF)
