"""Proof of the dial plan: no other number becomes an emergency call, an emergency number always does.

Every country of the table, with every usual outside prefix and extensions of two, three and four digits. The digits are
walked as a tree, key by key, as a finger dials them; a branch ends where the decision is final, or, some keys deep,
where nothing that is dialled further can be an emergency number any more. What "another number" is, phonenumbers says
of whole numbers: it shares nothing with the plan's own look at beginnings.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Iterable, Iterator
from typing import Any

import phonenumbers
from phonenumbers.phonemetadata import PhoneMetadata

from drivers.signals.countries import Dialling, countries
from firmware.supervisor.rules.dialplan import PAUSE_S, Decision, DialPlan, Kind

PREFIXES = ("", "0", "1", "8", "9")
EXTENSIONS = {
    "as they come": {"21": "C", "22": "D", "0": "C"},
    "2 digits": {"11": "C", "19": "D"},
    "3 digits": {"112": "C", "190": "D", "0": "C"},
    "4 digits": {"1121": "C", "8115": "D", "0": "D"},
}
"""Office plans; all but the first are chosen to get in the way of emergency numbers."""

KEYS = "0123456789*#"
OPEN = 3  # every key is tried this deep, whatever it may lead to; deeper where something leads to an emergency number
DEEPER = "as they come"  # with these extensions one key more
TRIED = 4  # digits tried one by one behind the beginning of a number
FILLINGS = ("000000000000000", "234567890123456")  # and these behind them


def emergencies(plan: DialPlan) -> dict[str, str]:
    """Everything that must become an emergency call, and the number: bare, behind the prefix, a code, or both."""
    dialled: dict[str, str] = {}
    for number in plan.country.emergency.numbers:
        for code in ("", *(code.dial for code in plan.country.codes)):
            for keys in (number, code + number, plan.outside_prefix + code + number):
                dialled.setdefault(keys, number)
    bare = {number: number for number in plan.country.emergency.numbers}
    return dialled | bare  # where a bare number is also prefix and number, the bare one is meant


def faults(plan: DialPlan, deep: int = OPEN) -> tuple[list[str], int]:
    """What is wrong with a plan, in words, and how many strings of keys were tried."""
    wanted = emergencies(plan)
    leading = {keys[:count] for keys in wanted for count in range(len(keys) + 1)}
    found = list(_missed(plan, wanted))
    tried = 0
    ahead = [""]
    while ahead:
        keys = ahead.pop()
        tried += 1
        decision = plan.decide(keys)
        if decision.kind is Kind.EMERGENCY:
            found += _taken(plan, keys, decision, wanted)
        if decision.kind is not Kind.WAIT and keys:
            continue
        for key in KEYS:
            further = keys + key
            if len(further) <= deep or further in leading:
                ahead.append(further)
    return found, tried


def _missed(plan: DialPlan, wanted: dict[str, str]) -> Iterator[str]:
    """Emergency numbers that do not become an emergency call after PAUSE_S, and keys on the way that lead elsewhere."""
    for keys, number in wanted.items():
        for count in range(1, len(keys) + 1):
            decision = plan.decide(keys[:count])
            if decision.kind is not Kind.WAIT:
                break
        if decision.kind is Kind.WAIT and decision.wait_s is not None and decision.wait_s <= PAUSE_S:
            decision = plan.decide(keys, final=True)
            if decision.number != number:
                yield f"{keys} calls {decision.number or decision.kind.value}, not {number}"
                continue
        if decision.kind is not Kind.EMERGENCY:
            yield f"{keys} is no emergency call but {decision.kind.value} at {keys[:count]}"


def _taken(plan: DialPlan, keys: str, decision: Decision, wanted: dict[str, str]) -> Iterator[str]:
    """Other numbers that are dialled without a pause and end as the emergency call that ``keys`` are."""
    if keys.endswith("#"):  # the person has said that the number ends here: as good as a pause
        if keys[:-1] not in wanted:
            yield f"{keys} calls {decision.number}"
        return
    if keys not in wanted:
        yield f"{keys} calls {decision.number}"
    for extension in plan.extensions:
        if extension.startswith(keys) and extension != keys:
            yield f"{keys} calls {decision.number}: extension {extension} cannot be dialled"
    if not plan.outside_prefix or not keys.startswith(plan.outside_prefix):
        return  # what a country's emergency numbers are the beginning of, its table says
    number = keys.removeprefix(plan.outside_prefix)
    if number not in wanted and (other := another(plan.country.code, number)):
        yield f"{keys} calls {decision.number}: {plan.outside_prefix} {other} cannot be dialled"


@functools.cache
def another(code: str, beginning: str) -> str | None:
    """A number that is dialled in the country and begins with these digits, None if there is none."""
    rules = countries()[code].dialling
    for abroad in _abroad():
        if (rules.international + abroad).startswith(beginning):
            return rules.international + abroad
    metadata: Any = PhoneMetadata.metadata_for_region(rules.region)
    for prefix in {"", rules.trunk}:
        if beginning.startswith(prefix):
            national = _filled(beginning.removeprefix(prefix), "", metadata.general_desc.possible_length, rules)
            if national is not None:
                return prefix + national
    area = _area(rules)
    if area and not beginning.startswith(rules.local_never):
        return _filled(beginning, area, rules.local_digits, rules)
    return None


def _filled(beginning: str, area: str, lengths: Iterable[int], rules: Dialling) -> str | None:
    """``beginning`` and more digits, as many as make one of the lengths, so that it is valid behind the area code."""
    for length in lengths:
        missing = length - len(beginning)
        tried = min(missing, TRIED)
        for digits in itertools.product("0123456789", repeat=max(tried, 0)):
            for filling in FILLINGS if missing > tried else FILLINGS[:1]:
                number = beginning + "".join(digits) + filling[: missing - tried]
                if len(number) == length and _valid(area + number, rules):
                    return number
    return None


def _valid(national: str, rules: Dialling) -> bool:
    number = phonenumbers.PhoneNumber(country_code=rules.country_code, national_number=int(national))
    zeros = len(national) - len(national.lstrip("0"))
    if zeros:
        number.italian_leading_zero, number.number_of_leading_zeros = True, zeros
    return phonenumbers.is_valid_number_for_region(number, rules.region)


@functools.cache
def _abroad() -> tuple[str, ...]:
    """A number of every country of the world, as it stands behind the international prefix."""
    examples = (phonenumbers.example_number(region) for region in sorted(phonenumbers.SUPPORTED_REGIONS))
    form = phonenumbers.PhoneNumberFormat.E164
    return tuple(phonenumbers.format_number(one, form).removeprefix("+") for one in examples if one)


def _area(rules: Dialling) -> str:
    """The area code of phonenumbers' example of a subscriber, empty where none is left out."""
    fixed = phonenumbers.PhoneNumberType.FIXED_LINE
    example: Any = phonenumbers.example_number_for_type(rules.region, fixed)
    national = phonenumbers.national_significant_number(example)
    shorter = [length for length in rules.local_digits if length < len(national)]
    return national[: len(national) - max(shorter)] if shorter else ""


def run() -> list[dict[str, Any]]:
    started = time.monotonic()
    plans = tried = 0
    found: list[str] = []
    calls = 0
    for row in countries().values():
        for prefix, (name, extensions) in itertools.product(PREFIXES, EXTENSIONS.items()):
            plan = DialPlan(row, extensions, prefix)
            wrong, strings = faults(plan, OPEN + (name == DEEPER))
            found += [f"{row.code}, prefix {prefix or 'none'}: {fault}" for fault in wrong]
            plans, tried, calls = plans + 1, tried + strings, calls + len(emergencies(plan))
    for fault in found:
        print(fault)
    command = "python -m tools.bench dialplan"
    seconds = time.monotonic() - started
    return [
        {"what": f"{plans} plans, {tried} strings of keys: wrong calls", "ours": len(found), "peer": None,
         "unit": "calls", "command": command},
        {"what": f"ways to dial an emergency number that were tried, {len(countries())} countries", "ours": calls,
         "peer": None, "unit": "ways", "command": command},
        {"what": "a decision", "ours": 1e6 * seconds / tried, "peer": None, "unit": "us, judge included",
         "command": command},
    ]  # fmt: skip
