"""Freezes the HAT's program into a MicroPython firmware: ``make BOARD=RPI_PICO FROZEN_MANIFEST=.../manifest.py``.

``package`` takes every file in, ``logging.py`` too: a slot holds all of its program, so nothing is required of
micropython-lib (README.md says what was weighed).
"""

include("$(PORT_DIR)/boards/manifest.py")  # noqa: F821
package("hat", base_path="..")  # noqa: F821
module("boot.py")  # noqa: F821
