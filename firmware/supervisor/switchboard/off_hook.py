"""What becomes of a handset whose call is over while its receiver is still up."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from drivers.ports.port import Port
from firmware.supervisor.calls.legs import Leg

Serve = Callable[[Port], None]


class OffHook:
    """``router`` fills in who serves a handset: the flows of calls only give it back here."""

    def __init__(self) -> None:
        self.reorder: Serve = _nobody
        """Has a handset hear reorder tone until it is put down."""
        self.help: Callable[[Port, str], None] = _no_help
        """Has a handset call an emergency number."""
        self.dial: Callable[[Port, Sequence[str]], None] = _no_dial
        """Gives a handset dial tone; the keys were typed already."""

    def left(self, leg: Leg, dials: str = "") -> None:
        """The call of a handset is over; still lifted, it calls for help (``dials``) or hears reorder tone."""
        leg.release()
        if not leg.port.off_hook or leg.port.user is not None:
            return
        if dials:
            self.help(leg.port, dials)
        else:
            self.reorder(leg.port)

    def dial_tone(self, leg: Leg) -> None:
        """A handset that was told something is as one that has just been lifted; what was typed since is dialled."""
        keys = tuple(leg.keys)
        leg.release()
        if leg.port.off_hook:
            self.dial(leg.port, keys)


def _nobody(port: Port) -> None:
    return


def _no_help(port: Port, number: str) -> None:
    return


def _no_dial(port: Port, keys: Sequence[str]) -> None:
    return
