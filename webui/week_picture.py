"""Seven days from today on as a picture: what holds in each half hour, drawn as SVG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from html import escape
from itertools import groupby

from firmware.supervisor.rules.callers import Caller
from firmware.supervisor.rules.decide import Office, decide
from firmware.supervisor.rules.schedule import status_at
from webui.words import Words

DAYS = 7
_ROW, _LEFT, _HOUR, _TOP = 22, 66, 10, 16

Cell = Callable[[datetime], tuple[str, str]]
"""A moment -> the class of its colour, and what holds then in words."""


def of_status(office: Office, now: datetime, t: Words) -> str:
    """What the office is doing."""
    schedule = _coming(office, now).schedule

    def cell(at: datetime) -> tuple[str, str]:
        status = status_at(at, schedule)[0]
        return f"s-{status.replace(' ', '-')}", t(f"status.{status}")

    return _week(cell, now, t("assistant.week_title"), t)


def of_caller(office: Office, line: str, caller: Caller, now: datetime, t: Words) -> str:
    """What this caller meets on ``line``."""
    near = _coming(office, now)

    def cell(at: datetime) -> tuple[str, str]:
        what = decide(at, line, caller, near).what
        return f"o-{what}", t(f"outcome_of.{what}")

    return _week(cell, now, t("assistant.caller_week_title"), t)


def _coming(office: Office, now: datetime) -> Office:
    """The office without the events that cannot matter in the picture."""
    coming = tuple(event for event in office.schedule.events if event.comes(now.date(), DAYS))
    return replace(office, schedule=replace(office.schedule, events=coming))


def _week(cell: Cell, now: datetime, title: str, t: Words) -> str:
    """A row a day, a bar for each stretch of one cell; every bar says its hours."""
    parts = [f'<text x="{_LEFT + hour * _HOUR}" y="10">{hour}</text>' for hour in (0, 6, 12, 18)]
    for row in range(DAYS):
        midnight = datetime.combine(now.date(), time()) + timedelta(days=row)
        parts.append(_day(cell, midnight, _TOP + row * _ROW, t))
    x = _LEFT + (now.hour + now.minute / 60) * _HOUR
    parts.append(f'<path class="now" d="M{x:.1f} {_TOP - 2}v{_ROW}"/>')
    size = f"{_LEFT + 24 * _HOUR + 4} {_TOP + DAYS * _ROW}"
    label = escape(title, quote=True)
    return f'<svg class="week" viewBox="0 0 {size}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _day(cell: Cell, midnight: datetime, top: int, t: Words) -> str:
    halves = [(half, cell(midnight + timedelta(minutes=30 * half))) for half in range(48)]
    bars = []
    for (kind, words), stretch in groupby(halves, key=lambda half: half[1]):
        half = [place for place, _ in stretch]
        title = escape(f"{_clock(half[0])}–{_clock(half[-1] + 1)}: {words}")
        place = f'x="{_LEFT + half[0] * _HOUR / 2}" y="{top}" width="{len(half) * _HOUR / 2 - 0.6}"'
        bars.append(f'<rect class="{kind}" {place} height="{_ROW - 6}" rx="2"><title>{title}</title></rect>')
    name = escape(t(f"weekday.{midnight.weekday()}"))
    return f'<text x="0" y="{top + 12}">{name}</text>{"".join(bars)}'


def _clock(half: int) -> str:
    return f"{half // 2:02}:{30 * (half % 2):02}"
