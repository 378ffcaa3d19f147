"""Small pictures drawn on the server as SVG: the outline of a recording, calls by hour.

Colours come from classes, so that light and dark and print are the style sheet's business. Nothing from outside goes in
but numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from webui.words import Words

_WAVE_HEIGHT = 48
_HOURS_HEIGHT = 56


def wave(outline: Sequence[float]) -> str:
    """The outline of a recording: one bar a column, 4 units apart, mirrored about the middle."""
    if not outline:
        return ""
    middle, loudest = _WAVE_HEIGHT / 2, max(*outline, 0.05)
    bars = "".join(
        f"M{4 * column + 2} {middle - half:.1f}V{middle + half:.1f}"
        for column, half in enumerate(max(1.0, value / loudest * (middle - 2)) for value in outline)
    )
    width = 4 * len(outline)
    return (
        f'<svg class="wave" viewBox="0 0 {width} {_WAVE_HEIGHT}" preserveAspectRatio="none" aria-hidden="true" '
        f'focusable="false"><path d="{bars}"/></svg>'
    )


def hours(counts: Sequence[int], now: int, t: Words) -> str:
    """Calls by hour of the day, the present hour marked."""
    most = max(*counts, 1)
    bars = []
    for hour, count in enumerate(counts):
        tall = count / most * (_HOURS_HEIGHT - 20)
        kind = "now" if hour == now else "bar"
        place = f'x="{hour * 10 + 1}" y="{40 - tall:.1f}" width="8" height="{max(tall, 1):.1f}"'
        bars.append(f'<rect class="{kind}" {place} rx="1"/>')
    marks = "".join(f'<text x="{hour * 10}" y="53">{hour}</text>' for hour in (0, 6, 12, 18))
    title = escape(t.count("home.hours", sum(counts)), quote=True)
    return (
        f'<svg class="hours" viewBox="0 0 240 {_HOURS_HEIGHT}" role="img" aria-label="{title}">'
        f"{''.join(bars)}{marks}</svg>"
    )
