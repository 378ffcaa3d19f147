"""libspandsp's DTMF receiver (`dtmf_rx`, 0.0.6), as the judge and the peer of our own.

ABI-mode cffi on `libspandsp.so.2` (Debian libspandsp2), by soname: version 3 has other signatures under the same names.
"""

from __future__ import annotations

from typing import Any, Final

import cffi
import numpy as np
import numpy.typing as npt

from tools.oracles.spandsp import LIBRARY

_FFI: Final = cffi.FFI()
_FFI.cdef("""
    void *dtmf_rx_init(void *s, void *callback, void *user_data);
    int dtmf_rx(void *s, const int16_t amp[], int samples);
    size_t dtmf_rx_get(void *s, char *digits, int max);
    int dtmf_rx_free(void *s);
""")


class SpandspDtmf:
    """`feed(samples) -> digits` (a string). Raises OSError where the library is not on the machine."""

    def __init__(self) -> None:
        self._library: Any = _FFI.dlopen(LIBRARY)
        state = self._library.dtmf_rx_init(_FFI.NULL, _FFI.NULL, _FFI.NULL)
        self._state = _FFI.gc(state, self._library.dtmf_rx_free)
        self._digits = _FFI.new("char[]", 129)

    def feed(self, samples: npt.NDArray[np.int16]) -> str:
        """The digits that these samples complete."""
        held = np.ascontiguousarray(samples, np.int16)
        self._library.dtmf_rx(self._state, _FFI.from_buffer("int16_t[]", held), held.size)
        count = self._library.dtmf_rx_get(self._state, self._digits, 128)
        return bytes(_FFI.buffer(self._digits, count)).decode("ascii")
