"""What the kernel knows of its own clock: whether a time server keeps it (adjtimex(2))."""

from __future__ import annotations

import ctypes

TIME_ERROR = 5  # the state of a clock that nothing has set right, timex.h
_TIMEX_BYTES = 512  # struct timex takes 208; all zero: nothing is changed


def synchronised() -> bool | None:
    """Whether a time server (or another reference) keeps the clock; None where the kernel does not say."""
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return None if state < 0 else state != TIME_ERROR
