"""Ringing a handset of the office, with caller ID after the first burst, until it is lifted or nobody comes.

While it rings the port belongs to its ``Ringing``; once lifted it is free again, for a leg to be made of it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drivers.ports import facts
from drivers.ports.facts import Fact
from drivers.ports.port import Port
from drivers.signals.countries import Country
from drivers.signals.progress import ToneHeard
from firmware.hat.protocol import RATE
from firmware.supervisor.calls import display
from firmware.supervisor.calls.display import Shown
from firmware.supervisor.hat.setup import EMERGENCY_CADENCE, EMERGENCY_MS, OWN_CADENCE

# Bursts before the pause that caller ID comes in
BURSTS = {OWN_CADENCE: 1, EMERGENCY_CADENCE: len(EMERGENCY_MS) // 2}
AFTER_RING_S = 0.5  # between the end of the first burst and caller ID (GR-30-CORE: 0.5 to 1.5 s)


class Ringing:
    """``async with Ringing(...) as ringing``: rings until the block is left. Raises LinkError."""

    def __init__(
        self,
        port: Port,
        country: Country,
        shown: Shown,
        on_lifted: Callable[[], None],
        cadence: int = OWN_CADENCE,
        *,
        anywhere: bool = False,
    ) -> None:
        """``anywhere``: somebody at another telephone of the house may pick up what rings here."""
        self.anywhere = anywhere
        self.port = port
        self.lifted = False
        self.gone = ""  # why the HAT has gone, if it has
        self.called_off = ""  # why it is not to ring any more, if so
        self.by = port  # the telephone at which it was answered
        self._country = country
        self._shown = shown
        self._on_lifted = on_lifted
        self._cadence = cadence

    async def __aenter__(self) -> Ringing:
        self.port.user = self
        try:
            await self.port.ring(self._cadence)
        except BaseException:
            self.port.idle()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.port.stop_ringing()
        finally:
            self.port.idle()

    @property
    def state(self) -> str:
        return "ringing"

    def told(self, fact: Fact) -> None:
        """The handset was lifted, or the first bursts have ended."""
        if isinstance(fact, facts.Lifted):
            self.lifted = True
            self.port.playout.stop()
            self._on_lifted()
        elif isinstance(fact, facts.BurstEnded) and fact.number == BURSTS[self._cadence]:
            self._show()

    def lost(self, why: str) -> None:
        """The HAT has gone: nobody will lift this handset."""
        self.gone = why
        self._on_lifted()

    def dismiss(self, why: str) -> None:
        """Whoever rings this handset is to give it up."""
        self.called_off = why
        self._on_lifted()

    def on_key(self, key: str) -> None:
        """Nothing is dialled on hook."""

    def on_tone(self, tone: ToneHeard) -> None:
        """Nobody listens for tones here."""

    def pick_up(self, port: Port) -> None:
        """It was answered at another telephone, which is lifted and free."""
        self.lifted = True
        self.by = port
        self.port.playout.stop()
        self._on_lifted()

    def _show(self) -> None:
        self.port.play(np.zeros(round(AFTER_RING_S * RATE), np.int16))
        self.port.play(display.after_ring(self._country, self._shown))
