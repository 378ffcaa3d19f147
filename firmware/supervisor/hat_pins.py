"""The HAT's control pins as the box uses them: reset a HAT that does not answer, hold the lifeline, show on the LEDs.

Without a GPIO device (a laptop, a test) every act does nothing and ``fault`` is empty; a device that fails is told once
on the Health page, and the box goes on: the telephone does not hang on an LED.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from drivers.clock import SampleLoop
from drivers.gpio import BoardPins, GpioError, open_gpio

log = logging.getLogger(__name__)


class HatPins:
    """Opened once, closed once. ``device``: setting ``gpio.device``; empty is none."""

    def __init__(self, loop: SampleLoop, device: str) -> None:
        self._loop = loop
        self._pins: BoardPins | None = None
        self.fault = ""
        if device:
            self._try(lambda: setattr(self, "_pins", BoardPins(open_gpio(device))))

    async def reset_hat(self) -> bool:
        """Pulls the MCU's RUN pin low for 20 ms; False where there is no pin to pull."""
        pins = self._pins
        if pins is None:
            return False
        log.warning("the HAT does not answer: it is reset")
        await self._loop.job(lambda: self._try(pins.reset))
        return not self.fault

    def in_service(self, well: bool) -> None:
        """The box serves, or does not: the Pi's half of the lifeline relay, and the status LED."""
        pins = self._pins
        if pins is not None:
            self._try(lambda: pins.lifeline(well))
            self._try(lambda: pins.led("status", well))

    def call_going_on(self, on: bool) -> None:
        """The call LED."""
        pins = self._pins
        if pins is not None:
            self._try(lambda: pins.led("call", on))

    def close(self) -> None:
        """Gives the pins back: the lifeline falls to the line."""
        pins, self._pins = self._pins, None
        if pins is not None:
            self._try(pins.close)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except GpioError as error:
            if str(error) != self.fault:
                log.error("GPIO: %s", error)
            self.fault = str(error)
