"""Freezes the HAT's program into a MicroPython firmware: ``make BOARD=RPI_PICO FROZEN_MANIFEST=.../manifest.py``.

The program needs nothing of micropython-lib at run time: its log goes over the link, its tests run on the Pi's side.
"""

include("$(PORT_DIR)/boards/manifest.py")  # noqa: F821
package("hat", base_path="..")  # noqa: F821
module("boot.py")  # noqa: F821
