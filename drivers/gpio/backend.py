"""Which GPIO: the Pi's own through the RPi.GPIO API, or a virtual board's over a socket with the same API.

RPi.GPIO (up to Pi 4) and rpi-lgpio (Pi 5, newer systems) give the same import; both installed at once break each other
without a word, so that is checked. Every failure is a GpioError that says what to do.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

from drivers.gpio.remote import GpioError, RemoteGpio

REAL = "RPi.GPIO"
SOCKET = "unix:"
_PACKAGES = ("RPi.GPIO", "rpi-lgpio")


class Gpio(Protocol):
    """The part of RPi.GPIO's API the box uses; a module or an object. Channels are BCM numbers."""

    BCM: int
    IN: int
    OUT: int
    LOW: int
    HIGH: int
    PUD_OFF: int
    PUD_DOWN: int
    PUD_UP: int
    RISING: int
    FALLING: int
    BOTH: int

    def setmode(self, mode: int) -> None: ...
    def setwarnings(self, on: bool) -> None: ...
    def setup(self, channel: int, direction: int, pull_up_down: int = ..., initial: int = ...) -> None: ...
    def gpio_function(self, channel: int) -> int: ...
    def output(self, channel: int, level: int) -> None: ...
    def input(self, channel: int) -> int: ...
    def add_event_detect(
        self, channel: int, edge: int, callback: Callable[[int], None], bouncetime: int = ...
    ) -> None: ...
    def remove_event_detect(self, channel: int) -> None: ...
    def cleanup(self, channel: list[int]) -> None: ...


def _installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def open_gpio(device: str = REAL) -> Gpio:
    """The pins of ``device``: "RPi.GPIO", or "unix:PATH" for a virtual board. Raises GpioError."""
    if device.startswith(SOCKET):
        return RemoteGpio(Path(device.removeprefix(SOCKET)))
    if device != REAL:
        raise GpioError(f"GPIO device {device!r}: expected {REAL!r} or {SOCKET}PATH")
    if all(map(_installed, _PACKAGES)):
        raise GpioError(f"{' and '.join(_PACKAGES)} are both installed and break each other: uninstall one")
    try:
        module: Any = importlib.import_module(REAL)
    except (ImportError, RuntimeError, OSError) as error:  # RuntimeError: not a Raspberry Pi
        raise GpioError(f"no GPIO here: {error}. On a Pi: pip install 'frontdesk[pi]'") from error
    return guarded(module)


def guarded(module: Any) -> Gpio:
    """The module with its errors told as GpioError: no rights to the pins, a pin the kernel holds, a wrong use."""
    return cast(Gpio, _Guarded(module))


class _Guarded:
    """Looks like the module; what it calls fails as GpioError."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        if not callable(found):
            return found

        @functools.wraps(found)
        def call(*args: Any, **values: Any) -> Any:
            try:
                return found(*args, **values)
            except (RuntimeError, ValueError, OSError) as error:
                raise GpioError(f"GPIO {name}: {error}") from error

        return call
