"""The virtual board: a telephone exchange, two lines, two handsets and the HAT, behind a pty."""

import os

# A line's filter is a product of a vector with a small matrix: shared between cores it only waits for the other core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
