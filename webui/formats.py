"""How times, lengths, numbers and people are written for the reader.

Times come from the store as milliseconds since 1970 UTC with the office's offset at that moment, and are shown in that
local time for ever. Caller-supplied text is written as it came (templates escape it), but without control and
direction-override characters, which could make a row say something else than it does.
"""

from __future__ import annotations

import datetime
import functools
import unicodedata
from dataclasses import dataclass

from webui.words import Words

_LONGEST_NAME = 80


@dataclass(frozen=True)
class Moment:
    """A time for the page: `text` as people say it, `exact` for hover and screen readers, `iso` for the machine."""

    text: str
    exact: str
    iso: str


def local(ms: int, offset_min: int) -> datetime.datetime:
    """The local time of a moment, with its offset."""
    zone = datetime.timezone(datetime.timedelta(minutes=offset_min))
    return datetime.datetime.fromtimestamp(ms / 1000, zone)


def moment(ms: int, offset_min: int, now: datetime.datetime, t: Words) -> Moment:
    """A past moment as seen from `now`: "14:05, 10 min ago", "today 14:05", "yesterday 14:05", "3 March 14:05"."""
    then = local(ms, offset_min)
    clock = f"{then:%H:%M}"
    passed = (now - then).total_seconds()
    days = (now.astimezone(then.tzinfo).date() - then.date()).days
    if 0 <= passed < 60:
        text = t("time.just_now", clock=clock)
    elif 0 <= passed < 3600:
        text = t("time.minutes_ago", clock=clock, n=int(passed // 60))
    elif days == 0:
        text = t("time.today", clock=clock)
    elif days == 1:
        text = t("time.yesterday", clock=clock)
    elif 1 < days < 7:
        text = t("time.weekday", day=t(f"weekday.{then.weekday()}"), clock=clock)
    else:
        text = t("time.date", date=day(then.date(), t, with_year=then.year != now.year), clock=clock)
    exact = f"{day(then.date(), t)} {then:%H:%M:%S} ({then:%z})"
    return Moment(text, exact, then.isoformat(timespec="seconds"))


def day(date: datetime.date, t: Words, with_year: bool = True) -> str:
    """A date in words: "3 March 2026"."""
    text = t("time.day", day=date.day, month=t(f"month.{date.month}"))
    return f"{text} {date.year}" if with_year else text


def clock_length(seconds: float | None) -> str:
    """A length as a clock shows it: "0:07", "3:05", "1:02:03"; a dash where it is not known."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def spoken_length(seconds: float | None, t: Words) -> str:
    """A length in words, for screen readers and totals: "2 h 5 min", "3 min 5 s"."""
    if seconds is None:
        return t("length.unknown")
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return t("length.hours", hours=hours, minutes=minutes)
    return t("length.minutes", minutes=minutes, seconds=left) if minutes else t("length.seconds", seconds=left)


def size(count: int, t: Words) -> str:
    """A large count with the language's separator."""
    return f"{count:,}".replace(",", t("number.thousands"))


def decimal(value: float, t: Words) -> str:
    """A measured value with one digit after the language's decimal mark."""
    return f"{value:.1f}".replace(".", t("number.decimal"))


def plain(text: str | None, longest: int = _LONGEST_NAME, *, lines: bool = False) -> str:
    """Text from outside without control, format and direction characters, cut to `longest` characters; line ends stay
    only where `lines` says so."""
    wanted = " \n" if lines else " "
    # Nearly all text has nothing to take out: asked once of the whole instead of of every letter.
    kept = (
        (text or "")
        if (text or "").isprintable()
        else "".join(
            c if c in wanted or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") else " "
            for c in text or ""
        )
    )
    kept = kept.strip()
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


@functools.lru_cache(maxsize=4096)
def telephone(e164: str | None, raw: str | None, country: str | None) -> str:
    """A number as the country writes it; international form for numbers of other countries, the raw digits when it is
    not a full number, an empty string when there is none."""
    if not e164:
        return plain(raw, 32)
    import phonenumbers  # large tables: read at the first number, not at the start

    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return plain(e164, 32)
    home = country is not None and phonenumbers.region_code_for_number(number) == country
    shape = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, shape))
