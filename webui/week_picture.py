"""The week as a picture: what the office is doing in each half hour of the next seven days, drawn as SVG."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from html import escape
from itertools import groupby

from firmware.supervisor.rules.schedule import Schedule, status_at
from webui.words import Words

_ROW, _LEFT, _HOUR, _TOP = 22, 66, 10, 16


def week(schedule: Schedule, now: datetime, t: Words) -> str:
    """Seven rows from today on, a bar for each stretch of one status; every bar says its hours."""
    coming = [event for event in schedule.events if event.comes(now.date(), 7)]
    schedule = replace(schedule, events=coming)
    parts = [f'<text x="{_LEFT + hour * _HOUR}" y="10">{hour}</text>' for hour in (0, 6, 12, 18)]
    for row in range(7):
        midnight = datetime.combine(now.date(), time()) + timedelta(days=row)
        parts.append(_day(schedule, midnight, _TOP + row * _ROW, t))
    x = _LEFT + (now.hour + now.minute / 60) * _HOUR
    parts.append(f'<path class="now" d="M{x:.1f} {_TOP - 2}v{_ROW}"/>')
    size = f"{_LEFT + 24 * _HOUR + 4} {_TOP + 7 * _ROW}"
    title = escape(t("assistant.week_title"), quote=True)
    return f'<svg class="week" viewBox="0 0 {size}" role="img" aria-label="{title}">{"".join(parts)}</svg>'


def _day(schedule: Schedule, midnight: datetime, top: int, t: Words) -> str:
    halves = [(half, status_at(midnight + timedelta(minutes=30 * half), schedule)[0]) for half in range(48)]
    bars = []
    for status, stretch in groupby(halves, key=lambda half: half[1]):
        half = [place for place, _ in stretch]
        begins, ends = _clock(half[0]), _clock(half[-1] + 1)
        title = escape(f"{begins}–{ends}: {t(f'status.{status}')}")
        place = f'x="{_LEFT + half[0] * _HOUR / 2}" y="{top}" width="{len(half) * _HOUR / 2 - 0.6}"'
        kind = status.replace(" ", "-")
        bars.append(f'<rect class="s-{kind}" {place} height="{_ROW - 6}" rx="2"><title>{title}</title></rect>')
    name = escape(t(f"weekday.{midnight.weekday()}"))
    return f'<text x="0" y="{top + 12}">{name}</text>{"".join(bars)}'


def _clock(half: int) -> str:
    return f"{half // 2:02}:{30 * (half % 2):02}"
