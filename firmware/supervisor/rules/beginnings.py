"""Whether digits can be the beginning of a number that people of a country dial.

phonenumbers says whether a whole number is valid, not whether more digits could make one. Its patterns can: they are
regular expressions of digits, sets of digits, groups, alternatives and counts, read here into sequences that are
followed digit by digit. What can begin a number is never said to begin none; the other way round happens (how long a
number is counts for little), and costs no more than a pause.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any, Final

import phonenumbers
from phonenumbers.phonemetadata import PhoneMetadata

from drivers.signals.countries import Country

KINDS: Final = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan",
    "voicemail",
)  # fmt: skip
"""The descriptions in phonenumbers' metadata whose numbers can be dialled."""
LONGEST_AREA: Final = 5  # digits

# What may still follow: items in order, each a set of digits or a tuple of ways to go on, of which one is taken.
Rest = tuple[Any, ...]


def begins(country: Country, digits: str) -> bool:
    """Whether a number that is dialled in ``country`` as it stands begins with ``digits``, or is ``digits``.

    Abroad with the international prefix; within the country with the trunk prefix and, where people leave it out,
    without; within the area where there are local numbers.
    """
    rules = country.dialling
    if _after(_whole(rules.region, rules.international, rules.trunk, rules.carrier_digits), digits):
        return True
    local = rules.local_digits and not digits.startswith(rules.local_never)
    return bool(local and _after(_local(rules.region, rules.local_digits), digits))


@functools.cache
def _whole(region: str, international: str, trunk: str, carrier: int) -> frozenset[Rest]:
    """Every number but the local ones, as it is dialled."""
    national = _numbers(region, KINDS)
    trunks = {_pattern(trunk), _pattern(f"{trunk}[0-9]{{{carrier}}}")}
    abroad = _pattern("[1-9][0-9]{0,14}")
    exits = {_pattern(f"{international}[0-9]{{{carrier}}}"), _pattern(_metadata(region).international_prefix)}
    within = {prefix + number for prefix in trunks for number in national}
    return frozenset({*national, *within, *(prefix + abroad for prefix in exits)})


@functools.cache
def _local(region: str, lengths: tuple[int, ...]) -> frozenset[Rest]:
    """What is left of the numbers of subscribers behind any area code."""
    left, found = _numbers(region, ("fixed_line",)), set()
    for _ in range(LONGEST_AREA):
        left = frozenset(after for rest in left for digit in "0123456789" for after in _step(rest, digit))
        found |= {rest for rest in left if any(_shortest(rest) <= length <= _longest(rest) for length in lengths)}
    return frozenset(found)


def _numbers(region: str, kinds: Iterable[str]) -> frozenset[Rest]:
    """Those of every region under the same country code: the Isle of Man's are dialled in Britain as its own are."""
    regions = phonenumbers.region_codes_for_country_code(phonenumbers.country_code_for_region(region))
    described = [getattr(_metadata(one), kind) for one in regions for kind in kinds]
    patterns = {one.national_number_pattern for one in described if one}
    return frozenset(_pattern(pattern) for pattern in patterns if pattern)


def _metadata(region: str) -> Any:
    return PhoneMetadata.metadata_for_region(region)


@functools.cache
def _after(rests: frozenset[Rest], digits: str) -> frozenset[Rest]:
    """What may follow ``digits``; nothing at all where no number begins so."""
    if not digits:
        return rests
    before = _after(rests, digits[:-1])
    return frozenset(after for rest in before for after in _step(rest, digits[-1]))


def _step(rest: Rest, digit: str) -> set[Rest]:
    if not rest:
        return set()
    item, *others = rest
    if isinstance(item, frozenset):
        return {tuple(others)} if digit in item else set()
    return {after for way in item for after in _step((*way, *others), digit)}


def _shortest(rest: Rest) -> int:
    return sum(1 if isinstance(item, frozenset) else min(map(_shortest, item)) for item in rest)


def _longest(rest: Rest) -> int:
    return sum(1 if isinstance(item, frozenset) else max(map(_longest, item)) for item in rest)


@functools.cache
def _pattern(text: str) -> Rest:
    """A pattern of phonenumbers' metadata as what may follow. Raises ValueError for what no such pattern has."""
    rest, end = _ways(text, 0)
    if end != len(text):
        raise ValueError(f"pattern {text!r}: {text[end]!r} at {end} is not read")
    return rest


def _ways(text: str, at: int) -> tuple[Rest, int]:
    """Sequences with | between them, from ``at`` on; where they end."""
    ways: list[Rest] = [()]
    while at < len(text) and text[at] != ")":
        if text[at] == "|":
            ways.append(())
            at += 1
            continue
        item, at = _item(text, at)
        least, most, at = _count(text, at)
        optional: Rest = ()
        for _ in range(most - least):
            optional = (((), item + optional),)
        ways[-1] += item * least + optional
    return (ways[0] if len(ways) == 1 else (tuple(ways),)), at


def _item(text: str, at: int) -> tuple[Rest, int]:
    """One digit, a set of them or a group."""
    if text[at] == "(":
        inside, end = _ways(text, at + (3 if text.startswith("(?:", at) else 1))
        return inside, end + 1
    found = re.compile(r"\\d|\[[0-9-]+\]|[0-9]").match(text, at)
    if found is None:
        raise ValueError(f"pattern {text!r}: {text[at]!r} at {at} is not read")
    return (frozenset(digit for digit in "0123456789" if re.fullmatch(found[0], digit)),), found.end()


def _count(text: str, at: int) -> tuple[int, int, int]:
    """How often an item stands, at least and at most, and where the count ends."""
    found = re.compile(r"\?|\{(\d+)(?:,(\d+))?\}").match(text, at)
    if found is None:
        return 1, 1, at
    if found[0] == "?":
        return 0, 1, found.end()
    return int(found[1]), int(found[2] or found[1]), found.end()
