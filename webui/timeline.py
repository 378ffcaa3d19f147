"""The timeline of a call: one picture on the sample clock that answers "why did it do that?".

Four lanes: the line (rings, who hung up), the caller (caller ID, keys, words), the box (prompts, decisions), and who
was connected; under them the recordings' outlines in their places. Drawn as SVG for a given width in pixels, so that
text keeps its size on a phone. Everything from outside is escaped here: the picture goes into the page as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from firmware.supervisor.store.queries_calls import CallDetail, Segment, TimelineEvent
from webui.formats import clock_length, plain, spoken_length
from webui.reasons import reason
from webui.words import Words

_LANES = ("line", "caller", "box", "legs", "sound")
_LANE_PX = {"line": 40, "caller": 40, "box": 40, "legs": 34, "sound": 44}
_TOP_PX = 6
_AXIS_PX = 24
_LABEL_PX = 62
_RIGHT_PX = 22
_CHARACTER_PX = 6.3
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_LANE_OF = {
    "ring": "line",
    "ring pattern": "line",
    "answered": "line",
    "end": "line",
    "seized": "line",
    "drilled": "line",
    "tone": "line",
    "dialled": "caller",
    "caller id": "caller",
    "call waiting": "caller",
    "key": "caller",
    "word": "caller",
    "leg": "legs",
}


@dataclass(frozen=True)
class Sound:
    """A recording in the picture: where it begins (seconds into the call), how long it is, its outline."""

    start_s: float
    length_s: float
    outline: Sequence[float]


@dataclass(frozen=True)
class Timeline:
    """The finished picture and its size."""

    svg: str
    width: int
    height: int


@dataclass(frozen=True)
class _Scale:
    """Seconds to pixels."""

    left: float
    width: float
    length_s: float

    def x(self, at_s: float) -> float:
        return self.left + max(0.0, min(at_s, self.length_s)) / self.length_s * self.width


def timeline(detail: CallDetail, sounds: Sequence[Sound], width: int, t: Words) -> Timeline:
    """Draws a call `width` pixels wide."""
    scale = _Scale(_LABEL_PX, width - _LABEL_PX - _RIGHT_PX, _length_s(detail, sounds))
    shown = [lane for lane in _LANES if lane != "sound" or any(sound.outline for sound in sounds)]
    tops: dict[str, float] = {}
    y = float(_TOP_PX)
    for lane in shown:
        tops[lane] = y
        y += _LANE_PX[lane]
    height = int(y + _AXIS_PX)
    parts = [_lane(lane, tops[lane], width, t) for lane in shown]
    parts.append(_axis(scale, y))
    parts += [_segment(segment, scale, tops["legs"], t) for segment in detail.segments]
    in_order = sorted(detail.timeline, key=lambda event: event.at_s)
    for lane in ("line", "caller", "box", "legs"):
        events = [event for event in in_order if _LANE_OF.get(event.kind, "box") == lane]
        parts.append(_events(events, scale, tops[lane], t))
    parts += [_sound(sound, scale, tops["sound"]) for sound in sounds if sound.outline]
    label = escape(t("timeline.title", length=clock_length(scale.length_s)), quote=True)
    svg = (
        f'<svg class="timeline" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )
    return Timeline(svg, width, height)


def event_words(event: TimelineEvent, t: Words) -> str:
    """An event in one sentence, for the list under the picture."""
    values = {key: plain(str(value), 200) for key, value in event.detail.items() if value is not None}
    if event.kind in ("caller id", "call waiting"):
        number = values.get("number_e164") or values.get("number_raw") or values.get("number")
        given = [text for text in (values.get("name"), number) if text]
        values["given"] = ", ".join(given) or t.either(
            f"caller.{values.get('presentation', 'unknown')}", t("caller.unknown")
        )
        if "redirecting" in values:
            values["given"] += t("event_part.redirecting", number=values["redirecting"])
        if "odd" in values:
            values["given"] += t("event_part.odd", what=values["odd"])
    if event.kind == "end":
        values["outcome"] = t.either(f"outcome.{values.get('outcome', '')}", values.get("outcome", ""))
        by = values.get("hung_up_by", "nobody")
        values["by"] = t.either(f"hung_up_by.{by}", by)
    if event.kind == "recorded":
        values["length"] = spoken_length(_number(event.detail.get("seconds")), t)
    if event.kind == "fax":
        return t.count("event.fax", round(_number(event.detail.get("pages"))))
    if event.kind == "dialled":
        values["given"] = values.get("number") or t("port.handset", name=values.get("handset", ""))
    sentence = t.either(f"event.{event.kind}", plain(event.kind))
    try:
        return sentence.format(**values)
    except (KeyError, IndexError, ValueError):
        # A box of another version wrote other details: show them as they are rather than nothing.
        return t.either(f"event_short.{event.kind}", plain(event.kind)) + "".join(
            f" · {key} {value}" for key, value in values.items()
        )


def _length_s(detail: CallDetail, sounds: Sequence[Sound]) -> float:
    """From the call's start to the last thing known of it, never zero."""
    ends = [event.at_s for event in detail.timeline]
    ends += [segment.end_s or segment.start_s for segment in detail.segments]
    ends += [sound.start_s + sound.length_s for sound in sounds]
    if detail.call.ended_ms is not None:
        ends.append((detail.call.ended_ms - detail.call.started_ms) / 1000)
    return max(1.0, *ends) if ends else 1.0


def _lane(lane: str, top: float, width: int, t: Words) -> str:
    middle = top + _LANE_PX[lane] / 2
    return (
        f'<line class="rule" x1="{_LABEL_PX}" x2="{width - _RIGHT_PX}" y1="{middle:.1f}" y2="{middle:.1f}"/>'
        f'<text class="lane" x="0" y="{middle + 4:.1f}">{escape(t(f"lane.{lane}"))}</text>'
    )


def _axis(scale: _Scale, y: float) -> str:
    step = next((step for step in _STEPS_S if scale.width * step / scale.length_s >= 52), _STEPS_S[-1])
    parts = []
    at = 0
    while at <= scale.length_s:
        x = scale.x(at)
        parts.append(f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP_PX}" y2="{y + 4:.1f}"/>')
        parts.append(f'<text class="time" x="{x:.1f}" y="{y + 18:.1f}">{clock_length(at)}</text>')
        at += step
    return "".join(parts)


def _segment(segment: Segment, scale: _Scale, top: float, t: Words) -> str:
    end_s = segment.end_s if segment.end_s is not None else scale.length_s
    x, right = scale.x(segment.start_s), scale.x(end_s)
    words = t.either(f"segment.{segment.kind}", plain(segment.kind))
    if segment.who:
        words = f"{words} {plain(segment.who, 30)}"
    room = int((right - x - 8) / _CHARACTER_PX)
    text = words if len(words) <= room else (words[: room - 1] + "…" if room > 3 else "")
    return (
        f'<g><title>{escape(words)}</title><rect class="leg" x="{x:.1f}" y="{top + 6:.1f}" '
        f'width="{max(right - x, 2):.1f}" height="22" rx="4"/>'
        f'<text class="leg-name" x="{x + 6:.1f}" y="{top + 21:.1f}">{escape(text)}</text></g>'
    )


def _events(events: Sequence[TimelineEvent], scale: _Scale, top: float, t: Words) -> str:
    """One lane's events: what lasts as a bar, what happens as a mark; labels only where there is room."""
    middle = top + _LANE_PX["line"] / 2
    free = 0.0
    parts = []
    for event in events:
        begin_s, end_s = _span(event)
        x, right = scale.x(begin_s), scale.x(end_s)
        title = escape(
            f"{clock_length(event.at_s)} {event_words(event, t)}"
            + (f" ({reason(event.why, t, event.detail)})" if event.why else "")
        )
        kind = escape(plain(event.kind, 30).replace(" ", "-"), quote=True)
        parts.append(f'<g class="event e-{kind}"><title>{title}</title>')
        if end_s > begin_s:
            wide = max(right - x, 3)
            parts.append(f'<rect class="bar" x="{x:.1f}" y="{middle - 5:.1f}" width="{wide:.1f}" height="10" rx="3"/>')
        elif event.kind == "decision":
            parts.append(f'<path class="mark" d="M{x:.1f} {middle - 7:.1f}l7 7l-7 7l-7 -7z"/>')
        else:
            parts.append(f'<circle class="mark" cx="{x:.1f}" cy="{middle:.1f}" r="5.5"/>')
        text = _short(event, t)
        wide = len(text) * _CHARACTER_PX
        # Near the right edge a label moves back to stay in the picture.
        edge = scale.left + scale.width + _RIGHT_PX
        at = min(x - 4, edge - wide)
        if text and at > free:
            parts.append(f'<text class="label" x="{at:.1f}" y="{middle - 9:.1f}">{escape(text)}</text>')
            free = at + wide + 4
        parts.append("</g>")
    return "".join(parts)


def _span(event: TimelineEvent) -> tuple[float, float]:
    """When an event began and ended; the same moment for what only happens."""
    if event.kind == "ring" and (ms := _number(event.detail.get("ms"))):
        return max(0.0, event.at_s - ms / 1000), event.at_s  # noted when the ringing stops
    if event.kind == "recorded" and (seconds := _number(event.detail.get("seconds"))):
        return max(0.0, event.at_s - seconds), event.at_s
    if seconds := _number(event.detail.get("seconds")):
        return event.at_s, event.at_s + seconds
    return event.at_s, event.at_s


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and 0 < value < 86_400_000 else 0.0


def _short(event: TimelineEvent, t: Words) -> str:
    """The few characters that stand over a mark."""
    if event.kind == "key":
        return plain(str(event.detail.get("key", "")), 3)
    if event.kind == "word":
        return plain(str(event.detail.get("word", "")), 14)
    return t.either(f"event_short.{event.kind}", plain(event.kind, 14))


def _sound(sound: Sound, scale: _Scale, top: float) -> str:
    x, right = scale.x(sound.start_s), scale.x(sound.start_s + sound.length_s)
    middle, loudest = top + _LANE_PX["sound"] / 2, max(*sound.outline, 0.05)
    count = max(2, min(len(sound.outline), int((right - x) / 3)))
    step = (right - x) / count
    bars = "".join(
        f"M{x + step * (n + 0.5):.1f} {middle - half:.1f}V{middle + half:.1f}"
        for n in range(count)
        for half in (max(0.8, sound.outline[n * len(sound.outline) // count] / loudest * 18),)
    )
    return (
        f'<g class="sound"><path d="{bars}"/><rect class="hit" data-seek="" x="{x:.1f}" y="{top + 2:.1f}" '
        f'width="{max(right - x, 1):.1f}" height="{_LANE_PX["sound"] - 4}"/></g>'
    )
