"""The office's rules as sentences, for whoever looks at them. What a newer box wrote is shown as it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from firmware.supervisor.rules.schedule import DAYS
from firmware.supervisor.rules.written import RuleError, office
from webui.formats import plain
from webui.words import Words

_LONGEST = 300


def sentence(rule: Any, names: Mapping[int, str], t: Words) -> str:
    """One rule in words; `names` are the contacts' by their id."""
    try:
        office([{**rule, "admits": []} if isinstance(rule, dict) and "admits" in rule else rule])
    except RuleError:
        return plain(json.dumps(rule, ensure_ascii=False), _LONGEST)
    return plain(_SENTENCES[rule["kind"]](rule, names, t), _LONGEST)


def days(chosen: list[str], t: Words) -> str:
    """Days of the week in their order, whatever order they were chosen in."""
    return ", ".join(t(f"weekday.{place}") for place, day in enumerate(DAYS) if day in chosen)


def _hours(rule: dict[str, Any], names: Mapping[int, str], t: Words) -> str:
    return t(
        "rule.hours",
        days=days(rule["days"], t),
        begins=rule["begins"],
        ends=rule["ends"],
        status=t(f"status.{rule['status']}"),
    )


def _event(rule: dict[str, Any], names: Mapping[int, str], t: Words) -> str:
    every = rule.get("every", "once")
    return t(
        "rule.event",
        name=rule["name"],
        status=t(f"status.{rule['status']}"),
        day=rule["day"],
        begins=rule.get("begins", "00:00"),
        hours=rule["hours"],
        every=t(f"every.{every}{'.weekday' if rule.get('by_weekday') and every in ('month', 'year') else ''}"),
    )


def _policy(rule: dict[str, Any], names: Mapping[int, str], t: Words) -> str:
    status = t(f"status.{rule['status']}")
    who = ", ".join(t.either(f"who.{name}", name) for name in rule["admits"])
    return t("rule.policy", status=status, who=who) if who else t("rule.policy_nobody", status=status)


def _group(rule: dict[str, Any], names: Mapping[int, str], t: Words) -> str:
    members = ", ".join(names.get(contact, f"#{contact}") for contact in rule["contacts"])
    return t("rule.group", name=rule["name"], who=members or "–")


def _screen(rule: dict[str, Any], names: Mapping[int, str], t: Words) -> str:
    parts = [
        rule.get("number", ""),
        f"“{rule['name']}”" if rule.get("name") else "",
        t(f"mark.{rule['mark']}") if rule.get("mark") else "",
        t("who.withheld") if rule.get("withheld") else "",
    ]
    return t(f"rule.{rule['kind']}", what=" + ".join(part for part in parts if part))


def _line(rule: dict[str, Any], names: Mapping[int, str], t: Words) -> str:
    return t("why.line.message", line=rule["line"])


_SENTENCES = {
    "hours": _hours,
    "event": _event,
    "policy": _policy,
    "group": _group,
    "block": _screen,
    "allow": _screen,
    "line": _line,
}
