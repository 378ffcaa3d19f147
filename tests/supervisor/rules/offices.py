"""Offices, callers and moments that hypothesis draws for the tests of the rules, in the form that rules are kept in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from firmware.supervisor.rules.callers import Caller
from firmware.supervisor.rules.recurrence import EVERY
from firmware.supervisor.rules.schedule import DAYS
from firmware.supervisor.rules.statuses import CLASSES, STATUSES
from firmware.supervisor.rules.written import RuleError, office

NUMBERS = ("+15145550123", "+15145550188", "+14185550142")
GROUPS = ("vip", "suppliers")

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(microsecond=0))
times = st.tuples(st.integers(0, 23), st.sampled_from((0, 15, 30, 45))).map(lambda at: f"{at[0]:02}:{at[1]:02}")
statuses = st.sampled_from(STATUSES)
days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True)
dates = st.dates(datetime(2025, 1, 1).date(), datetime(2027, 12, 31).date()).map(str)

hours = st.fixed_dictionaries(
    {"kind": st.just("hours"), "status": statuses, "days": days, "begins": times, "ends": times}
)
events = st.fixed_dictionaries(
    {
        "kind": st.just("event"),
        "name": st.sampled_from(("Christmas", "Trip to Quebec", "Inventory")),
        "status": statuses,
        "day": dates,
        "hours": st.integers(1, 744),
    },
    optional={"every": st.sampled_from(EVERY), "by_weekday": st.booleans(), "begins": times},
)
policies = st.fixed_dictionaries(
    {
        "kind": st.just("policy"),
        "status": statuses,
        "admits": st.lists(st.sampled_from((*CLASSES, *GROUPS)), unique=True),
    }
)
screens = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(("block", "allow")),
            "number": st.sampled_from((*NUMBERS, "+1514*", "+15145550100-+15145550150")),
        },
        optional={"listed": st.booleans(), "name": st.sampled_from(("roy", "ltd"))},
    ),
    st.fixed_dictionaries({"kind": st.sampled_from(("block", "allow")), "withheld": st.just(True)}),
    st.fixed_dictionaries({"kind": st.just("block"), "mark": st.just("spam")}),
)
groups = [{"kind": "group", "name": name, "contacts": [number]} for number, name in enumerate(GROUPS, start=1)]
lines = st.just({"kind": "line", "line": "B"})


@st.composite
def rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rules that do not contradict each other: of those that would, the first is kept."""
    kept: list[dict[str, Any]] = list(groups)
    for rule in draw(st.lists(st.one_of(hours, events, policies, screens, lines), max_size=10)):
        try:
            office([*kept, rule])
        except RuleError:
            continue
        kept.append(rule)
    return kept


callers = st.builds(
    lambda number, withheld, name, contact, inside: Caller(
        "" if withheld else number, withheld, name, "" if withheld else contact, inside if contact else frozenset()
    ),
    st.sampled_from((*NUMBERS, "")),
    st.booleans(),
    st.sampled_from(("", "ROY PAUL", "[V] ROY PAUL", "Spam Risk", "ACME LTD")),
    st.sampled_from(("", "Paul Roy")),
    st.frozensets(st.sampled_from(GROUPS)),
)
