"""Why something happened in a call, in the reader's language.

The log keeps a reason's id, and its fields in the event's detail (`rules/reasons.py`); each has a sentence under `why.`
in the words. What this page does not know (a newer box's id, what an older one wrote in words) is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from firmware.supervisor.rules.reasons import REASONS
from firmware.supervisor.rules.schedule import DAYS
from webui.formats import plain
from webui.words import Words

_PREFIX = "why."
_LONGEST = 120
_FIELD = 60
_WORDS = frozenset({"status", "who", "wish", "consent", "place"})  # fields that hold a word of ours


def reason(why: str, t: Words, detail: Mapping[str, object]) -> str:
    """The reason with id `why` as a sentence of `t`'s language; `detail` holds its fields."""
    if why not in REASONS:
        return plain(why, _LONGEST)
    fields = {name: _shown(name, plain(str(detail.get(name, "")), _FIELD), t) for name in REASONS[why]}
    return t(_PREFIX + why + (".until" if fields.get("until") else ""), **fields)


def _shown(name: str, value: str, t: Words) -> str:
    """A field: a word of ours (a status, days, a ring's pattern), a moment, or what the office or the wire says."""
    if name in _WORDS:
        return t.either(f"{name}.{value}", value)
    if name == "days":
        return ", ".join(t(f"weekday.{DAYS.index(day)}") for day in value.split() if day in DAYS)
    if name == "pattern":
        return "-".join(t.either(f"ring_pattern.{part}", part) for part in value.split("-"))
    return value.replace("T", " ") if name in ("at", "until") else value
