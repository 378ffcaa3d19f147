"""The search: every impedance, then the taps, each measured with the same test signal on a quiet line.

`tune` takes anything that can set the chip and play and record at once (`TuneLine`): the HAT through the link, the
virtual board, a bench. It leaves the line with the best it found and says what it gained. A setting that gains less
than `LEAST_GAIN_DB` over the country's own is not taken: the measurement's own scatter is about that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from drivers.signals.hybridfit import TAPS, Response, hybrid_taps, response, return_loss, test_signal, unexplained

Samples = npt.NDArray[np.int16]

IMPEDANCES: Final = tuple(range(16))
"""What the Si3019's ACIM register takes."""
NO_TAPS: Final[tuple[int, ...]] = (0,) * TAPS
LEAST_GAIN_DB: Final = 0.5
PROBE: Final = 64
SECONDS: Final = 0.6
CLEAN: Final = 0.02  # share of a recording that may be noise
TRIES: Final = 4


class TuneLine(Protocol):
    """A line off hook and quiet."""

    async def set_acim(self, acim: int) -> None: ...

    async def set_hybrid(self, taps: Sequence[int]) -> None: ...

    async def play_and_record(self, samples: Samples) -> Samples:
        """What the line gives back while `samples` go out: as many samples, aligned with them."""
        ...


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was found. Losses in dB, greater is better; `by_acim` without taps, in the order of `IMPEDANCES`."""

    acim: int
    hybrid: tuple[int, ...]
    loss_before_db: float
    loss_db: float
    by_acim: tuple[float, ...]

    def report(self) -> str:
        """For a field tech: one line an impedance, the result last."""
        lines = [f"ACIM {acim:2d}  {loss:5.1f} dB" for acim, loss in zip(IMPEDANCES, self.by_acim, strict=True)]
        taps = " ".join(str(tap) for tap in self.hybrid)
        lines.append(
            f"best: ACIM {self.acim}, hybrid {taps}: {self.loss_db:.1f} dB (before: {self.loss_before_db:.1f} dB)"
        )
        return "\n".join(lines)


async def tune(line: TuneLine, acim_now: int) -> Tuning:
    """Search, set the best, and say what it is. `acim_now`: the country's own impedance. Takes some 12 s of line."""
    signal = test_signal(SECONDS)

    async def measured() -> Response:
        """The echo path; once more where blocks were lost on the way, the cleanest of a few tries."""
        cleanest: tuple[float, Response] | None = None
        for _ in range(TRIES):
            recorded = await line.play_and_record(signal)
            path = response(signal, recorded)
            dirt = unexplained(signal, recorded, path)
            if cleanest is None or dirt < cleanest[0]:
                cleanest = dirt, path
            if dirt < CLEAN:
                break
        assert cleanest is not None
        return cleanest[1]

    await line.set_hybrid(NO_TAPS)
    paths = []
    for acim in IMPEDANCES:
        await line.set_acim(acim)
        paths.append(await measured())
    losses = tuple(return_loss(signal, path) for path in paths)
    before = losses[acim_now]
    best = max(IMPEDANCES, key=lambda acim: losses[acim])
    if losses[best] < before + LEAST_GAIN_DB:
        best = acim_now
    await line.set_acim(best)
    taps, loss = NO_TAPS, losses[best]
    await line.set_hybrid((PROBE, *NO_TAPS[1:]))
    one_tap = await measured() - paths[best]
    if float(np.abs(one_tap).max()) > 0.02:  # a board without a digital hybrid answers as before
        wanted = hybrid_taps(paths[best], one_tap, PROBE)
        await line.set_hybrid(wanted)
        with_taps = return_loss(signal, await measured())
        if with_taps >= loss + LEAST_GAIN_DB:
            taps, loss = wanted, with_taps
    await line.set_hybrid(taps)
    return Tuning(best, taps, before, loss, losses)
