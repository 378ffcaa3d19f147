"""libspandsp's echo canceller (0.0.6), for comparison only: it prints to standard output for every sample."""

from __future__ import annotations

from typing import Any, Final

import cffi
import numpy as np
import numpy.typing as npt

from tools.oracles.spandsp import LIBRARY

Samples = npt.NDArray[np.int16]

_ADAPT: Final = 1

_FFI: Final = cffi.FFI()
_FFI.cdef("""
    typedef struct echo_can_state_s echo_can_state_t;
    echo_can_state_t *echo_can_init(int len, int adaption_mode);
    int echo_can_free(echo_can_state_t *ec);
    int16_t echo_can_update(echo_can_state_t *ec, int16_t tx, int16_t rx);
    int fflush(void *stream);
""")


def flush() -> None:
    """Empty C's own output buffer."""
    _FFI.dlopen(None).fflush(_FFI.NULL)


class SpandspEcho:
    """`process(near, reference) -> near without echo`, as `drivers.signals.echo.canceller.EchoCanceller`."""

    def __init__(self, taps: int) -> None:
        self._library: Any = _FFI.dlopen(LIBRARY)
        self._state = _FFI.gc(self._library.echo_can_init(taps, _ADAPT), self._library.echo_can_free)

    def process(self, near: Samples, reference: Samples) -> Samples:
        """One block, sample by sample."""
        update, state = self._library.echo_can_update, self._state
        return np.array(
            [update(state, tx, rx) for tx, rx in zip(reference.tolist(), near.tolist(), strict=True)], dtype=np.int16
        )
