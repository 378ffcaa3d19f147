"""How hours and money are written for the reader, in the language's own way."""

from __future__ import annotations

from firmware.supervisor.rules import time_entries
from webui.words import Words


def hours(billed_s: int, t: Words) -> str:
    """Decimal hours: "0.1", "1,5"."""
    return str(time_entries.hours(billed_s)).replace(".", t("number.decimal"))


def sum_of(cents: int) -> str:
    """Hundredths as programs read a sum: "1234.50"."""
    return f"{cents // 100}.{cents % 100:02}"


def money(cents: int, t: Words, currency: str = "") -> str:
    """Hundredths as a sum: "1,234.50", "1 234,50 CAD"."""
    whole = f"{cents // 100:,}".replace(",", t("number.thousands"))
    text = f"{whole}{t('number.decimal')}{cents % 100:02}"
    return f"{text} {currency}" if currency else text
