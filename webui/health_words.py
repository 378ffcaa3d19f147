"""What a check of the box says, in the reader's language: by its id, with the box's own English words behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webui.formats import plain
from webui.words import Words

_SAYS, _DO = "health_says.", "health_do."


@dataclass(frozen=True)
class Told:
    """A check as a page shows it.

    Attributes:
        state: ok, warn or fault.
        detail: the box's own words where the page has others; empty: nothing more is known.
    """

    state: str
    name: str
    sentence: str
    remedy: str
    detail: str


def told(check: Mapping[str, Any], t: Words) -> Told:
    """One check of `health.get`; a newer box's, for which the page has no words, is shown as it comes."""
    name, state = str(check.get("name")), str(check.get("state"))
    text, remedy = plain(str(check.get("text") or ""), 300), plain(str(check.get("remedy") or ""), 300)
    says, fields = str(check.get("says")), check.get("fields")
    given = {key: plain(str(value), 60) for key, value in fields.items()} if isinstance(fields, dict) else {}
    known = t.table.get(_SAYS + says)
    try:
        sentence = known.format(**given) if known is not None else text
    except (KeyError, IndexError, ValueError):
        sentence, known = text, None
    return Told(
        state if state in ("ok", "warn", "fault") else "fault",
        t.either(f"check.{name}", plain(name, 40)),
        sentence,
        "" if state == "ok" else t.either(_DO + says, remedy),
        text if known is not None and text != sentence else "",
    )
