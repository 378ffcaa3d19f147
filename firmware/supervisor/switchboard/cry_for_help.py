"""Whoever lifts a handset to dial an emergency number gets a caller instead: the number is heard all the same.

Life cycle: one ``CryForHelp`` from the lift; for HELP_S what is typed is meant for the box, not for the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from firmware.hat.protocol import RATE
from firmware.supervisor.calls import display
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.rules.dialplan import Kind
from firmware.supervisor.switchboard.parts import Parts

HELP_S = 15.0


class CryForHelp:
    """``heard`` is called once, with the call still going on, when an emergency number was dialled on ``handset``."""

    def __init__(self, parts: Parts, handset: Leg, heard: Callable[[], None]) -> None:
        self.number = ""
        """The emergency number, once it was dialled."""
        self._parts = parts
        self._handset = handset
        self._heard = heard
        self._since = handset.now
        self._dialled = ""
        handset.hears_keys(self._key)

    def _key(self, key: str) -> None:
        if self._handset.now - self._since > HELP_S * RATE:
            return
        if key in display.ACKNOWLEDGEMENTS:
            return  # a display that answers the exchange, no finger
        self._dialled += key
        self._decide(self._dialled, final=False)

    def _decide(self, dialled: str, *, final: bool) -> None:
        """At once, or after the pause that decides; ``dialled``: up to then."""
        if dialled != self._dialled or self.number or self._handset.gone is not None:
            return
        decision = self._parts.plan.dialling.decide(dialled, final=final)
        if decision.kind is Kind.EMERGENCY:
            self.number = decision.number
            self._heard()
        elif decision.kind is Kind.WAIT and not final and decision.wait_s is not None:
            self._parts.loop.call_later(decision.wait_s, partial(self._decide, dialled, final=True))
