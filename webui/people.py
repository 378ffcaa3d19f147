"""Whom a row names: the contact, else what the line said, else the number, else why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webui.formats import plain, telephone

if TYPE_CHECKING:
    from webui.visit import Visit


def caller_name(name: Any, number: Any, presentation: Any, visit: Visit) -> str:
    """Words for a caller, from values that came off a telephone line."""
    known = plain(str(name or ""))
    if known:
        return known
    shown = telephone(str(number), None, visit.web.country) if number else ""
    return shown or visit.t.either(f"caller.{presentation}", visit.t("caller.unknown"))


def who(row: Any, visit: Visit) -> str:
    """Words for the person of a call or message row (`name`, `number_e164`, `number_raw`, `presentation`)."""
    return caller_name(row.name, row.number_e164 or row.number_raw, row.presentation, visit)
