"""What the law of a place wants before a conversation is recorded: that everybody is told, or that everybody agrees.

Where it is not known here, agreement is asked for: the careful answer.
"""

from __future__ import annotations

from typing import Final, Literal

Consent = Literal["told", "agreed"]

TOLD: Final = frozenset({"AU", "CA", "US"})
"""Countries where it is enough that everybody was told at the start and stays. In some states of the US all parties
must consent; who was told and goes on has."""


def consent(country: str) -> Consent:
    """What is needed in a country (ISO 3166)."""
    return "told" if country in TOLD else "agreed"
