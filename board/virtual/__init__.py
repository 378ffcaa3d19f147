"""The virtual board: a telephone exchange, two lines, two handsets and the HAT, behind a pty."""

import os

# Small products of vectors and matrices: shared between cores they only wait for the other core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
