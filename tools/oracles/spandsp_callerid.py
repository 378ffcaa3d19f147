"""libspandsp's caller-ID receiver and sender (`adsi_rx`, `adsi_tx`, 0.0.6), as judges and peers of our own.

ABI-mode cffi on `libspandsp.so.2` (Debian libspandsp2), by soname: version 3 has other signatures under the same names.
As shipped: it stops near -30 dBm0, and hum or DC defeats it (reference/dsp.md section 9). It calls back without asking
whether there is anything to call, so the callback lives as long as the receiver. Message bytes are taken as they are:
its own `adsi_next_field` reads before it checks bounds.
"""

from __future__ import annotations

from typing import Any, Final

import cffi
import numpy as np
import numpy.typing as npt

from tools.oracles.spandsp import LIBRARY

STANDARDS: Final = {"bell202": 1, "v23": 2, "ntt": 4, "dtmf": 5}  # CLASS, CLIP, JCLIP, DTMF

_FFI: Final = cffi.FFI()
_FFI.cdef("""
    typedef void (*put_msg_func_t)(void *user_data, const uint8_t *msg, int len);
    void *adsi_rx_init(void *s, int standard, put_msg_func_t put_msg, void *user_data);
    int adsi_rx_free(void *s);
    int adsi_rx(void *s, const int16_t amp[], int len);
    void *adsi_tx_init(void *s, int standard);
    int adsi_tx_free(void *s);
    int adsi_tx_put_message(void *s, const uint8_t *msg, int len);
    int adsi_tx(void *s, int16_t amp[], int max_len);
""")


class SpandspCallerId:
    """`feed(samples) -> messages` (bytes of each). Raises OSError without the library, KeyError for another scheme."""

    def __init__(self, scheme: str) -> None:
        self._library: Any = _FFI.dlopen(LIBRARY)
        self._told: list[bytes] = []
        self._callback = _FFI.callback("put_msg_func_t", self._put)  # kept: C calls it
        state = self._library.adsi_rx_init(_FFI.NULL, STANDARDS[scheme], self._callback, _FFI.NULL)
        self._state = _FFI.gc(state, self._library.adsi_rx_free)

    def _put(self, _user_data: object, message: Any, length: int) -> None:
        self._told.append(bytes(_FFI.buffer(message, length)))

    def feed(self, samples: npt.NDArray[np.int16]) -> list[bytes]:
        """The messages that these samples complete."""
        self._told = []
        held = np.ascontiguousarray(samples, np.int16)
        self._library.adsi_rx(self._state, _FFI.from_buffer("int16_t[]", held), held.size)
        return self._told


def sent(message: bytes, scheme: str) -> npt.NDArray[np.int16]:
    """The message as `adsi_tx` sends it. It puts in the length and the checksum: the message is given without."""
    library: Any = _FFI.dlopen(LIBRARY)
    state = _FFI.gc(library.adsi_tx_init(_FFI.NULL, STANDARDS[scheme]), library.adsi_tx_free)
    if library.adsi_tx_put_message(state, message, len(message)) != len(message):
        raise ValueError(f"adsi_tx takes no such message: {message!r}")
    pieces = []
    block = np.zeros(160, np.int16)
    while (size := library.adsi_tx(state, _FFI.from_buffer("int16_t[]", block), block.size)) > 0:
        pieces.append(block[:size].copy())
    return np.concatenate(pieces)
