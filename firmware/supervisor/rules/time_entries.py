"""Time entries: what a call becomes on a bill, how one is split over matters, and what looks wrong among several.

Quantities are whole seconds (six minutes are a tenth of an hour), money is whole hundredths of the office's currency:
nothing is lost when shares are added up again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Final, Literal

HOUR_S: Final = 3600
ACTIVITIES: Final = ("A101", "A102", "A103", "A104", "A105", "A106", "A107", "A108", "A109", "A110", "A111")
"""The activity codes of UTBMS's litigation set; A106 is to communicate with the client, A107 with other counsel."""

WITH_CLIENT: Final = "A106"
MOST_SHARES: Final = 20

Doubt = Literal["overlap", "duplicate"]


@dataclass(frozen=True)
class Worked:
    """What of an entry tells whether it can be right.

    Attributes:
        call: the call that it was made from; None: added by hand.
        person: whose time it is (``user:3``, ``handset:C``); "" where nobody knows.
        started_ms: when the work began, milliseconds since 1970 UTC; ``worked_s`` seconds of it.
        number: the other side in E.164, "" where there is none.
    """

    id: int
    call: int | None
    person: str
    started_ms: int
    worked_s: float
    number: str = ""
    client: str = ""
    matter: str = ""

    @property
    def ended_ms(self) -> float:
        return self.started_ms + self.worked_s * 1000


def hours(billed_s: int) -> Decimal:
    """Decimal hours with one digit where that is exact, else four: 360 s are 0.1, 100 s are 0.0278."""
    exact = Decimal(billed_s) / HOUR_S
    tenths = exact.quantize(Decimal("0.1"))
    return tenths if tenths == exact else exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def amount_cents(billed_s: int, rate_cents: int) -> int:
    """What so many seconds cost at a rate an hour; half a hundredth rounds up.

    It is the rate times the *hours* as a file shows them, so that whoever multiplies finds the same sum.
    """
    return int((hours(billed_s) * rate_cents).quantize(Decimal(1), ROUND_HALF_UP))


def split(billed_s: int, shares: Sequence[int], increment_s: int = 1) -> list[int]:
    """``billed_s`` seconds in proportion to ``shares``, in whole increments; they add up to it exactly.

    Largest remainder first, then the earlier share; what is no whole increment stays with the first.
    Raises ``ValueError`` where there are fewer than 2 shares, more than ``MOST_SHARES``, or one is not above 0.
    """
    if not 2 <= len(shares) <= MOST_SHARES or min(shares) <= 0:
        raise ValueError(f"expected 2 to {MOST_SHARES} shares, each above 0")
    whole, rest = divmod(billed_s, increment_s)
    total = sum(shares)
    parts = [whole * share // total for share in shares]
    left = sorted(range(len(shares)), key=lambda n: (-(whole * shares[n] % total), n))
    for n in left[: whole - sum(parts)]:
        parts[n] += 1
    parts = [part * increment_s for part in parts]
    parts[0] += rest
    return parts


def doubts(entries: Iterable[Worked]) -> dict[int, set[Doubt]]:
    """What to look at before it is billed: entry -> why.

    ``overlap``: one person works at two things at the same time; shares of one call are one thing. ``duplicate``: the
    same call twice for the same matter, or one added by hand while a call with that number is there.
    """
    listed = sorted(entries, key=lambda entry: (entry.started_ms, entry.id))
    found: dict[int, set[Doubt]] = {}
    looked: tuple[tuple[Doubt, Iterator[tuple[Worked, Worked]]], ...] = (
        ("overlap", _overlaps(listed)),
        ("duplicate", _duplicates(listed)),
    )
    for doubt, pairs in looked:
        for pair in pairs:
            for entry in pair:
                found.setdefault(entry.id, set()).add(doubt)
    return found


def _overlaps(listed: list[Worked]) -> Iterator[tuple[Worked, Worked]]:
    by_person = sorted((entry for entry in listed if entry.person), key=lambda entry: entry.person)  # stable: by time
    for _, theirs in groupby(by_person, key=lambda entry: entry.person):
        yield from (pair for pair in _together(list(theirs)) if pair[0].call is None or pair[0].call != pair[1].call)


def _duplicates(listed: list[Worked]) -> Iterator[tuple[Worked, Worked]]:
    seen: dict[tuple[int, str, str], Worked] = {}
    for entry in listed:
        if entry.call is not None:
            first = seen.setdefault((entry.call, entry.client, entry.matter), entry)
            if first is not entry:
                yield first, entry
    by_number = sorted((entry for entry in listed if entry.number), key=lambda entry: entry.number)
    for _, theirs in groupby(by_number, key=lambda entry: entry.number):
        yield from (pair for pair in _together(list(theirs)) if None in (pair[0].call, pair[1].call))


def _together(in_order: list[Worked]) -> Iterator[tuple[Worked, Worked]]:
    """Pairs that share time, of entries in the order of their beginning."""
    going: list[Worked] = []
    for entry in in_order:
        going = [earlier for earlier in going if earlier.ended_ms > entry.started_ms]
        yield from ((earlier, entry) for earlier in going)
        going.append(entry)
