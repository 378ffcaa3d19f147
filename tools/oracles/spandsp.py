"""libspandsp (Debian libspandsp2), which the spandsp oracles share: by soname, for version 3 has other signatures."""

from __future__ import annotations

from typing import Final

import cffi

LIBRARY: Final = "libspandsp.so.2"


def available() -> bool:
    """Whether the library is on this machine."""
    try:
        cffi.FFI().dlopen(LIBRARY)
    except OSError:
        return False
    return True
