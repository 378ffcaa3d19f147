"""``python -m board.overlay``: prints the overlay's source, as ``frontdesk-hat.dts`` keeps it."""

from __future__ import annotations

from board.overlay import source

print(source(), end="")
