"""A pair as sound: two sides, near (the HAT's FXO or SLIC, and what hangs beside it) and far (exchange or handset).

Within a block the sides speak with ``say_near`` and ``say_far``; several voices on one side add up. ``hear_near`` and
``hear_far`` put them through the line model (``drivers.signals.line``): band, loss, the near side's own voice back
from the hybrid, noise, companding. Each is computed when first asked for: a pair nobody listens to costs nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from drivers.signals.line import LineModel, LineSettings
from firmware.hat.protocol import BLOCK

Samples = npt.NDArray[np.int16]

SILENCE: Samples = np.zeros(BLOCK, np.int16)
SILENCE.flags.writeable = False


def mix(one: Samples | None, other: Samples | None) -> Samples | None:
    """Two voices on one wire; None is silence. Saturates, as amplifiers do."""
    if one is None or other is None:
        return other if one is None else one
    return np.clip(one.astype(np.int32) + other, -32768, 32767).astype(np.int16)


class Pair:
    """The sound on one pair. ``start`` begins a block."""

    def __init__(self, settings: LineSettings) -> None:
        self.model = LineModel(settings)
        self._near: Samples | None = None
        self._far: Samples | None = None
        self._to_near: Samples | None = None
        self._to_far: Samples | None = None

    def start(self) -> None:
        """Begins a block: forgets what was said in the last one."""
        self._near = self._far = self._to_near = self._to_far = None

    @property
    def near_speaks(self) -> bool:
        """Whether the near side has said anything in this block."""
        return self._near is not None

    @property
    def far_speaks(self) -> bool:
        """Whether the far side has said anything in this block."""
        return self._far is not None

    def say_near(self, samples: Samples | None) -> None:
        """A voice on the near side, for this block."""
        self._near = mix(self._near, samples)

    def say_far(self, samples: Samples | None) -> None:
        """A voice on the far side, for this block."""
        self._far = mix(self._far, samples)

    def hear_near(self, echo: bool = True) -> Samples:
        """What the near side hears in this block; ``echo`` False: before its own voice is known (a direct bridge)."""
        if self._to_near is None:
            own = self._near if echo and self._near is not None else SILENCE
            self._to_near = self.model.to_box(SILENCE if self._far is None else self._far, own)
        return self._to_near

    def hear_far(self) -> Samples:
        """What the far side hears in this block."""
        if self._to_far is None:
            self._to_far = self.model.to_exchange(SILENCE if self._near is None else self._near)
        return self._to_far
