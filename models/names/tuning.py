"""From which gap to the runner-up a name is taken, or asked about; chosen on people of the `choose` split."""

from __future__ import annotations

from models.names.scorer import Bands

_SMALL = 80
_FEW, _MANY = Bands(0.35, 0.08), Bands(0.45, 0.12)


def bands(names: int) -> Bands:
    """The bands of a list of so many names."""
    return _FEW if names <= _SMALL else _MANY
