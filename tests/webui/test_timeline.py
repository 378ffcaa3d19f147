"""The timeline of a call: everything in its place on the sample clock, whatever the box wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from math import isfinite
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.supervisor.store.queries_calls import CallDetail, Segment, TimelineEvent
from webui.pages.parts import _call
from webui.pictures import hours, wave
from webui.timeline import Sound, event_words, timeline
from webui.words import words

EN = words("en")
KINDS = ("ring", "caller id", "key", "word", "decision", "end", "prompt", "recorded", "<b>", "\x00", "")
DETAILS = ("ms", "seconds", "number", "name", "words", "hung_up_by", "outcome", "given", "x{}", "0", "key")
CALL = replace(_call(1_800_000_000_000, 0), ended_ms=1_800_000_000_000 - 20_000)  # 40 s long


def _drawn(events: list[TimelineEvent], segments: Any = (), sounds: Any = (), width: int = 980) -> ElementTree.Element:
    picture = timeline(CallDetail(CALL, events, list(segments), []), list(sounds), width, EN)
    assert picture.width == width
    return ElementTree.fromstring(picture.svg)


def _mark(svg: ElementTree.Element, kind: str) -> dict[str, str]:
    group = next(group for group in svg.iter("g") if group.get("class") == f"event e-{kind}")
    return dict(next(part for part in group if part.tag in ("rect", "circle", "path")).attrib)


def test_marks_stand_where_they_happened() -> None:
    svg = _drawn([TimelineEvent(0.0, "seized", {"line": "A"}, ""), TimelineEvent(40.0, "end", {}, ""),
                  TimelineEvent(20.0, "answered", {"how": "exact"}, "")])  # fmt: skip
    left, middle, right = (float(_mark(svg, kind)["cx"]) for kind in ("seized", "answered", "end"))
    assert middle == pytest.approx((left + right) / 2, abs=0.2)
    assert right < 980


def test_a_ring_is_drawn_from_where_it_began() -> None:
    svg = _drawn([TimelineEvent(8.0, "ring", {"number": 1, "ms": 2000}, ""), TimelineEvent(40.0, "end", {}, "")])
    ring, end = _mark(svg, "ring"), float(_mark(svg, "end")["cx"])
    scale = (end - float(ring["x"])) / 34  # it began at 6 s
    assert float(ring["width"]) == pytest.approx(2 * scale, abs=0.3)


def test_labels_never_run_into_each_other_or_out_of_the_picture() -> None:
    events = [TimelineEvent(n * 0.4, "key", {"key": "#*0123456789"[n % 12]}, "") for n in range(100)]
    for width in (350, 980):
        texts = [text for text in _drawn(events, width=width).iter("text") if text.get("class") == "label"]
        places = sorted(float(text.get("x", "0")) for text in texts)
        assert all(b - a > 6 for a, b in pairwise(places))
        assert places[-1] < width


def test_who_was_connected_and_the_sound_stand_in_their_lanes() -> None:
    svg = _drawn([], [Segment("handset", "C", 10.0, None)], [Sound(10.0, 30.0, (0.1, 0.5, 0.9))])
    leg = next(part for part in svg.iter("rect") if part.get("class") == "leg")
    hit = next(part for part in svg.iter("rect") if part.get("class") == "hit")
    assert leg.get("x") == hit.get("x")
    assert "Handset C" in "".join(svg.itertext())


def test_a_call_without_anything_is_drawn_too() -> None:
    bare = replace(CALL, ended_ms=None)
    ElementTree.fromstring(timeline(CallDetail(bare, [], [], []), [], 350, EN).svg)


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    detail=st.dictionaries(
        st.sampled_from(DETAILS),
        st.one_of(st.none(), st.text(max_size=30), st.floats(), st.integers(), st.lists(st.integers(), max_size=2)),
        max_size=5,
    ),
    why=st.text(max_size=40),
    at_s=st.floats(0, 1e7),
)
def test_whatever_the_box_wrote_is_a_sound_picture_and_a_sentence(
    kind: str, detail: dict[str, Any], why: str, at_s: float
) -> None:
    event = TimelineEvent(at_s, kind, detail, why)
    assert isinstance(event_words(event, EN), str)
    svg = _drawn([event], [Segment(kind, why, 0.0, at_s)])
    for element in svg.iter():
        assert element.tag in ("svg", "g", "title", "rect", "circle", "path", "line", "text")
        numbers = [element.get(name, "0") for name in ("x", "y", "x1", "x2", "cx", "cy", "width", "height")]
        assert all(isfinite(float(number)) for number in numbers)


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (TimelineEvent(1, "ring", {"number": 2, "ms": 2000}, ""), "Ring 2"),
        (TimelineEvent(1, "caller id", {"presentation": "private", "name": None}, ""), "Caller ID: Private number"),
        (TimelineEvent(1, "caller id", {"name": "ROY", "number_raw": "0188"}, ""), "Caller ID: ROY, 0188"),
        (
            TimelineEvent(1, "caller id", {"number_raw": "0188", "redirecting": "0177"}, ""),
            "Caller ID: 0188, forwarded by 0177",
        ),
        (
            TimelineEvent(1, "caller id", {"number_raw": "0188", "odd": 'date "0314"'}, ""),
            'Caller ID: 0188 (not read: date "0314")',
        ),
        (TimelineEvent(1, "call waiting", {"name": "LEE", "number": "0199"}, ""), "Call waiting: LEE, 0199"),
        (TimelineEvent(1, "dialled", {"handset": "D"}, ""), "Dialled Handset D"),
        (TimelineEvent(1, "dialled", {"number": "911"}, ""), "Dialled 911"),
        (TimelineEvent(1, "recorded", {"seconds": 17.16}, ""), "Recorded 17 s"),
        (TimelineEvent(1, "end", {"outcome": "busy", "hung_up_by": "far end"}, ""), "Ended by the other side: Busy"),
        (TimelineEvent(1, "fax", {"pages": 2, "sender": "+1 514"}, ""), "Fax with 2 pages"),
        (TimelineEvent(1, "fax", {"pages": 0}, "no page came"), "Fax with 0 pages"),
        (TimelineEvent(1, "warp", {"speed": 9}, ""), "warp"),
    ],
)
def test_events_are_told_in_words(event: TimelineEvent, sentence: str) -> None:
    assert event_words(event, EN).startswith(sentence)


def test_the_outline_of_silence_is_flat_and_of_nothing_is_nothing() -> None:
    assert wave(()) == ""
    heights = {tuple(map(float, pair)) for pair in re.findall(r"M\d+ ([\d.]+)V([\d.]+)", wave([0.0] * 10))}
    assert heights == {(23.0, 25.0)}


def test_the_hours_picture_says_how_many_calls_there_were() -> None:
    svg = ElementTree.fromstring(hours([0] * 10 + [3] + [0] * 13, 10, EN))
    assert svg.get("aria-label") == "Calls by hour today: 3 calls"
    assert len([bar for bar in svg.iter("rect") if float(bar.get("height", "0")) > 1]) == 1
