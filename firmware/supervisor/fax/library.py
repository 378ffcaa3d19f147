"""Whether the library that receives faxes is on this machine.

The fax gateway loads it in a process of its own; here it is only looked for, once: a box gets a library by an
installation, after which it is started again.
"""

from __future__ import annotations

import ctypes
import functools

from firmware.supervisor.health import Check, check

SONAME = "libspandsp.so.2"  # what ``firmware/gateways/fax/terminal.py`` opens


@functools.cache
def fax_library(soname: str = SONAME) -> bool:
    """True where the library can be loaded."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def checks() -> list[Check]:
    """Whether faxes can be received."""
    if fax_library():
        return [check("Fax", "ok", "Faxes that call can be received.")]
    text = "Faxes cannot be received: libspandsp is not on this machine."
    return [check("Fax", "warn", text, "Install libspandsp2.")]
