"""Freezes the HAT's program into a MicroPython firmware: ``make BOARD=RPI_PICO FROZEN_MANIFEST=.../manifest.py``.

``package`` takes every file in, ``logging.py`` too: a slot holds all of its program, so that it needs nothing that an
update could not bring along (README.md). ``unittest`` is for ``tests/hat/interpreter``, whose cases run on a board.
"""

include("$(PORT_DIR)/boards/manifest.py")  # noqa: F821
require("unittest")  # noqa: F821
package("hat", base_path="..")  # noqa: F821
module("main.py", base_path="root")  # noqa: F821
