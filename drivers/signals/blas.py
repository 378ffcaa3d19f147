"""Numpy's linear algebra on one thread, for every program that hears audio.

Its matrices here are small: BLAS threads gain nothing on them, and on a busy machine each call waits milliseconds for
the others. The number of threads belongs to the whole process, so a program says it once, at its start; importing what
computes changes nothing.
"""

from __future__ import annotations

import numpy  # noqa: F401  its BLAS must be loaded to be told
from threadpoolctl import threadpool_limits


def one_thread() -> None:
    """From now on this process's BLAS calls run on the thread that makes them."""
    threadpool_limits(limits=1, user_api="blas")
