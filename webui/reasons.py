"""Why something happened in a call, in the reader's language.

The box writes its reasons as short English phrases into the log, where a download and a field tech read them too. Each
has a sentence under `why.` in the words; one that names a handset, a tone or a line stands there with a blank. What the
rules decided is an id with fields (`rules/reasons.py`), not a phrase. What this page does not know (a newer box's) is
shown as it is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from firmware.supervisor.rules.reasons import REASONS
from firmware.supervisor.rules.schedule import DAYS
from webui.formats import plain
from webui.words import Words

_PREFIX = "why."
_LONGEST = 120


def reason(why: str, t: Words, detail: Mapping[str, object] | None = None) -> str:
    """The phrase or id `why` as a sentence of `t`'s language; `detail` holds an id's fields."""
    if why in REASONS and detail is not None:
        return _decided(why, t, {name: plain(str(detail.get(name, "")), 60) for name in REASONS[why]})
    exact = t.either(_PREFIX + why, "")
    if exact:
        return exact
    for pattern, key in _patterns():
        found = pattern.fullmatch(why)
        if found and key in t.table:
            return t(key, **{name: plain(value, 40) for name, value in found.groupdict().items()})
    return plain(why, _LONGEST)


def _decided(why: str, t: Words, fields: dict[str, str]) -> str:
    """A reason of the rules; its fields hold words of ours (a status, days) and of the office (a group, an event)."""
    for name in fields.keys() & {"status", "who"}:
        fields[name] = t.either(f"{name}.{fields[name]}", fields[name])
    if "days" in fields:
        fields["days"] = ", ".join(t(f"weekday.{DAYS.index(day)}") for day in fields["days"].split() if day in DAYS)
    if "at" in fields:
        fields["at"] = fields["at"].replace("T", " ")
    until = fields.get("until", "")
    return t(_PREFIX + why + (".until" if until else ""), **{**fields, "until": until.replace("T", " ")})


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Phrases with a blank, as the log has them, and their key."""
    forms = {
        "handset_down": "handset {handset} put down",
        "handset_lifted": "handset {handset} was lifted: the person takes the call",
        "tone": "{tone} tone",
        "person": "spoke {seconds} s and waited",
        "machine": "spoke {seconds} s without waiting",
        "unattended": "did not answer for {seconds} s",
        "sent": "the line sent {form} by {scheme}",
    }
    return [
        (re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^:]{1,40})", form)), f"{_PREFIX}{key}")
        for key, form in forms.items()
    ]
