"""The HAT's control pins as the box uses them: reset a HAT that does not answer, hold the lifeline, show on the LEDs.

Without a GPIO device (a laptop, a test, a modem) every act does nothing, ``there`` is False and nothing stands on
Health; a device that fails is told once on the Health page, and the box goes on: the telephone does not hang on an
LED.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from drivers.clock import SampleLoop
from drivers.gpio import BoardPins, GpioError, open_gpio
from firmware.supervisor.health import Check, check

log = logging.getLogger(__name__)


class HatPins:
    """Opened once, closed once. ``device``: setting ``gpio.device``; empty is none."""

    def __init__(self, loop: SampleLoop, device: str) -> None:
        self._loop = loop
        self._pins: BoardPins | None = None
        self._fault = ""
        if device:
            self._try(lambda: setattr(self, "_pins", BoardPins(open_gpio(device))))

    @property
    def there(self) -> bool:
        """Whether there are pins."""
        return self._pins is not None

    def checks(self) -> list[Check]:
        """What a pin said no to."""
        return [check("Pins", "fault", self._fault, "Check that the HAT sits firmly.")] if self._fault else []

    async def reset_hat(self) -> bool:
        """Pulls the MCU's RUN pin low for 20 ms; False where there is no pin to pull."""
        pins = self._pins
        if pins is None:
            return False
        log.warning("the HAT does not answer: it is reset")
        await self._loop.job(lambda: self._try(pins.reset), lane="hat reset")
        return not self._fault

    def in_service(self, well: bool) -> None:
        """The box serves, or does not: the status LED."""
        pins = self._pins
        if pins is not None:
            self._try(lambda: pins.led("status", well))

    def hold_lifeline(self, held: bool) -> None:
        """The Pi's half of the lifeline relay (``lifeline.py`` knows when)."""
        pins = self._pins
        if pins is not None:
            self._try(lambda: pins.lifeline(held))

    @property
    def lifeline_held(self) -> bool:
        """Whether LIFELINE_EN really is high; False where there is no pin."""
        pins = self._pins
        return pins is not None and bool(self._try(pins.lifeline_held))

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

    def _try(self, act: Callable[[], object]) -> object:
        """What ``act`` gives; None when the pins fail."""
        try:
            return act()
        except GpioError as error:
            if str(error) != self._fault:
                log.error("GPIO: %s", error)
            self._fault = str(error)
            return None
