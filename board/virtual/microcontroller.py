"""The HAT's place on the board: what a block asks of whatever stands there.

``hat.Hat`` is the CPython stand-in, ``micro_hat.MicroHat`` the firmware over chips by their registers. Each block calls
``receive``, ``begin``, ``sense``, ``speak``, ``bridge`` and ``transmit``, in this order.
"""

from __future__ import annotations

from typing import Protocol


class Switch(Protocol):
    """What the board shows of the lifeline relay."""

    pulled_in: bool


class LifelineState(Protocol):
    """What the board shows of the lifeline."""

    @property
    def relay(self) -> Switch: ...

    @property
    def safe(self) -> bool: ...


class Microcontroller(Protocol):
    """What stands in the HAT's place."""

    @property
    def lifeline(self) -> LifelineState: ...

    @property
    def running(self) -> bool: ...

    def receive(self, data: bytes, start: int) -> None:
        """Bytes from the Pi, there before the block at sample ``start`` is played."""

    def begin(self, start: int) -> None:
        """Commands due in the block; afterwards the loops advance."""

    def sense(self, start: int) -> None:
        """The loops have advanced."""

    def speak(self, start: int) -> None:
        """Plays what is due into the ports that are not bridged."""

    def bridge(self) -> None:
        """Joins bridged ports; everybody else has spoken."""

    def transmit(self, start: int) -> bytes:
        """Everybody has spoken and listened: the bytes for the Pi."""

    def kill(self) -> None:
        """The program stops dead; lines on hook, relay released, until ``reset``."""

    def reset(self) -> None:
        """The RUN pin was pulled: the program starts afresh."""

    def enable_lifeline(self, on: bool) -> None:
        """The Pi's half of the lifeline relay, its LIFELINE_EN pin; until it is told, strapped high."""

    def close(self) -> None:
        """Lets go of what it holds."""
