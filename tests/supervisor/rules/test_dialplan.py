"""What the keys pressed mean, one by one, as a finger presses them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.signals.countries import countries, country
from firmware.supervisor.rules import dialplan
from firmware.supervisor.rules.dialplan import NO_CODE, PAUSE_S, Decision, DialPlan, Kind
from tools.bench.dialplan import EXTENSIONS, faults

HANDSETS = {"21": "C", "22": "D", "0": "C"}
CANADA = DialPlan(country("CA"), HANDSETS)
keys = st.text("0123456789*#", max_size=20)


def dialled(plan: DialPlan, number: str) -> tuple[int, Decision]:
    """How many keys were needed until the plan decided, and what; after the last one the person is silent."""
    for count in range(1, len(number) + 1):
        decision = plan.decide(number[:count])
        if decision.kind is not Kind.WAIT:
            return count, decision
    return len(number), plan.decide(number, final=True)


def called(code: str, prefix: str, number: str) -> str:
    """What goes out on the line, with ! before it where it is an emergency call."""
    decision = dialled(DialPlan(country(code), HANDSETS, prefix), number)[1]
    return ("!" if decision.kind is Kind.EMERGENCY else "") + (decision.number or decision.kind.value)


@pytest.mark.parametrize(
    ("number", "used", "expected"),
    [
        ("911", 3, Decision(Kind.EMERGENCY, "911")),
        ("9911", 4, Decision(Kind.EMERGENCY, "911")),
        ("9115550123", 3, Decision(Kind.EMERGENCY, "911")),
        ("21", 2, Decision(Kind.EXTENSION, "C")),
        ("0", 1, Decision(Kind.EXTENSION, "C")),
        ("95145550123", 11, Decision(Kind.OUTSIDE, "5145550123")),
        ("915145550123", 12, Decision(Kind.OUTSIDE, "15145550123")),
        ("5145550123", 10, Decision(Kind.OUTSIDE, "5145550123")),
        ("95550123", 8, Decision(Kind.OUTSIDE, "5550123")),
        ("95550123#", 9, Decision(Kind.OUTSIDE, "5550123")),
        ("9", 1, Decision(Kind.WRONG)),
    ],
)
def test_a_canadian_office(number: str, used: int, expected: Decision) -> None:
    assert dialled(CANADA, number) == (used, expected)


@pytest.mark.parametrize(
    ("code", "prefix", "number", "out"),
    [
        ("SG", "9", "995267847", "95267847"), ("SG", "9", "995", "!995"), ("SG", "9", "9995", "!999"),
        ("HK", "9", "992888391", "92888391"), ("HK", "9", "992", "!992"),
        ("ES", "0", "0910593454", "910593454"), ("ES", "0", "091", "!091"), ("ES", "0", "0061", "!061"),
        ("AU", "0", "0001114165550123", "001114165550123"), ("AU", "0", "000", "!000"), ("AU", "0", "0000", "!000"),
        ("GB", "9", "999", "!999"), ("GB", "9", "18000", "!18000"), ("GB", "9", "918000", "!18000"),
        ("BR", "", "911223344", "911223344"), ("BR", "", "911", "!911"),
    ],
)  # fmt: skip
def test_outside_prefix_and_number_that_begin_as_an_emergency_number_does(
    code: str, prefix: str, number: str, out: str
) -> None:
    assert called(code, prefix, number) == out


@pytest.mark.parametrize(
    ("number", "out"),
    [("988", "988"), ("9988", "988"), ("933", "933"), ("98885550123", "8885550123"), ("93345550123", "3345550123")],
)
def test_crisis_line_and_address_check_are_dialled_as_they_stand(number: str, out: str) -> None:
    assert called("US", "9", number) == out
    assert CANADA.decide("988") == Decision(Kind.WAIT, wait_s=PAUSE_S)


@pytest.mark.parametrize(
    ("code", "number", "out"),
    [
        ("CA", "*674185550123", "*674185550123"), ("CA", "9*674185550123", "*674185550123"),
        ("CA", "9*824185550123#", "*824185550123"), ("CA", "*679055550123", "*679055550123"),
        ("GB", "914102079460123", "14102079460123"), ("GB", "147002079460123", "147002079460123"),
        ("FR", "9#31#0144550123", "#31#0144550123"), ("FR", "#31#0144550123#", "#31#0144550123"),
        ("DE", "9*31#03012345678", "*31#03012345678"), ("JP", "1840312345678", "1840312345678"),
        ("CA", "*70914185550123", "wrong"), ("CA", "9*98", "wrong"), ("CA", "9#21#", "wrong"), ("GB", "*67", "wrong"),
    ],
)  # fmt: skip
def test_codes_that_withhold_or_release_the_number_pass_and_no_others(code: str, number: str, out: str) -> None:
    assert called(code, "9", number) == out


def test_a_code_is_told_apart_from_its_number_and_refused_with_why() -> None:
    assert dialled(CANADA, "9*674185550123")[1].code == "*67"
    assert dialled(CANADA, "9*72")[1] == Decision(Kind.WRONG, why=NO_CODE)
    assert dialled(CANADA, "9")[1].why == ""


@pytest.mark.parametrize("number", ["*67911", "9*67911", "*679911", "*70911", "9*70911", "#31#911", "*31#911"])
def test_an_emergency_number_behind_any_code_is_an_emergency_call(number: str) -> None:
    assert called("CA", "9", number) == "!911"
    assert called("CA", "9", number + "#") == "!911"


def test_behind_a_code_nobody_knows_a_pause_decides() -> None:
    assert CANADA.decide("*70911") == Decision(Kind.WAIT, wait_s=PAUSE_S)
    assert called("CA", "9", "*709115550123") == "wrong"


def test_a_number_that_may_be_longer_waits_two_seconds_and_no_more() -> None:
    plan = DialPlan(country("CL"))
    assert plan.decide("131") == Decision(Kind.WAIT, wait_s=PAUSE_S)
    assert plan.decide("131", final=True) == Decision(Kind.EMERGENCY, "131")


def test_an_extension_never_hides_an_emergency_number() -> None:
    plan = DialPlan(country("DE"), {"11": "C", "112": "D", "1101": "D"}, "0")
    assert dialled(plan, "112") == (3, Decision(Kind.EMERGENCY, "112"))
    assert dialled(plan, "110") == (3, Decision(Kind.EMERGENCY, "110"))
    assert dialled(plan, "1101") == (4, Decision(Kind.EXTENSION, "D"))
    assert plan.decide("11", final=True) == Decision(Kind.EXTENSION, "C")


def test_the_operators_zero_does_not_hide_french_numbers() -> None:
    plan = DialPlan(country("FR"), {"0": "C"})
    assert dialled(plan, "0144550123") == (10, Decision(Kind.OUTSIDE, "0144550123"))
    assert plan.decide("0", final=True) == Decision(Kind.EXTENSION, "C")


def test_without_a_prefix_numbers_that_begin_with_nine_are_whole() -> None:
    assert dialled(DialPlan(country("CA"), outside_prefix=""), "9055550123") == (
        10,
        Decision(Kind.OUTSIDE, "9055550123"),
    )


@pytest.mark.parametrize("code", sorted(countries()))
def test_every_country_as_it_comes(code: str) -> None:
    """No other number becomes an emergency call, an emergency number always does (`make bench` has every prefix)."""
    wrong, tried = faults(DialPlan(country(code), EXTENSIONS["as they come"]))
    assert wrong == [] and tried > 1000


def test_the_proof_finds_what_it_looks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = DialPlan(country("SG"), EXTENSIONS["as they come"])
    monkeypatch.setattr(dialplan, "begins", lambda country, digits: False)
    assert faults(plan)[0] == [
        "995 calls 995: 9 95000000 cannot be dialled", "993 calls 993: 9 93000000 cannot be dialled",
    ]  # fmt: skip
    monkeypatch.setattr(dialplan.DialPlan, "_bare", lambda plan, keys: iter([keys]))
    assert "9911 is no emergency call but wait at 9911" in faults(CANADA)[0]


@given(keys)
def test_any_keys_come_to_an_end(typed: str) -> None:
    """After the person falls silent there is always an answer: nobody sits in front of a silent handset."""
    assert CANADA.decide(typed, final=True).kind is not Kind.WAIT


@given(keys)
def test_waiting_always_says_for_how_long(typed: str) -> None:
    decision = CANADA.decide(typed)
    if typed and decision.kind is Kind.WAIT:
        assert decision.wait_s is not None and 0 < decision.wait_s <= 15
