"""The living page: every part that pages are made of, in every state, with awkward content."""

from __future__ import annotations

from firmware.supervisor.store.faxes import FaxRow
from firmware.supervisor.store.queries_calls import CallDetail, CallRow, Segment, TimelineEvent
from webui.access import Site
from webui.pictures import hours
from webui.timeline import Sound, timeline
from webui.visit import Visit

site = Site()

_LONG = "Wolfeschlegelsteinhausenbergerdorff & Associates <b>Barristers</b> of the Outer Hebrides and Elsewhere"
_FAXES = (("new", "made"), ("new", "receiving"), ("heard", "waiting"), ("saved", "failed"), ("deleted", "made"))
_SPEECH = tuple(abs((n * 37 % 23) / 23 - (n * 11 % 7) / 14) for n in range(120))


@site.get("/parts", access="admin")
def show(visit: Visit) -> str:
    minutes = 60_000
    now_ms = int(visit.now.timestamp() * 1000)
    detail = CallDetail(_call(now_ms, visit.offset_min), _events(), [Segment("assistant", "", 6.2, 41.0)], [])
    sounds = [Sound(14.0, 24.0, _SPEECH)]
    return visit.page(
        "living",
        outline=_SPEECH,
        faxes=[_fax(number, *drawn, now_ms, visit.offset_min) for number, drawn in enumerate(_FAXES, 1)],
        long_name=_LONG,
        moments=[now_ms - passed * minutes for passed in (0, 10, 300, 1500, 5000, 600_000)],
        hours=hours([0, 0, 0, 0, 0, 0, 0, 1, 4, 9, 7, 5, 2, 6, 8, 3, 0, 0, 0, 0, 0, 0, 0, 0], 15, visit.t),
        drawn={"desk": timeline(detail, sounds, 980, visit.t), "phone": timeline(detail, sounds, 350, visit.t)},
    )


def _events() -> list[TimelineEvent]:
    return [
        TimelineEvent(2.0, "ring", {"number": 1, "ms": 2000}, ""),
        TimelineEvent(3.1, "caller id", {"number_e164": "+15145550188", "name": "ROY PAUL"}, "checksum good"),
        TimelineEvent(3.2, "decision", {"contact": "Paul Roy"}, "the number is a contact's"),
        TimelineEvent(6.2, "answered", {"how": "exact"}, ""),
        TimelineEvent(6.6, "prompt", {"id": "caller.greeting.known"}, ""),
        TimelineEvent(38.0, "key", {"key": "#"}, ""),
        TimelineEvent(38.2, "recorded", {"seconds": 24.0}, "pound"),
        TimelineEvent(41.0, "end", {"outcome": "message", "hung_up_by": "far end"}, "loop drop"),
    ]


def _fax(number: int, state: str, progress: str, now_ms: int, offset_min: int) -> FaxRow:
    """A fax that is drawn only: the store numbers its own from 1 too, so this one counts below nought."""
    return FaxRow(
        id=-number, call=1, path="", pages=number, sender=_LONG, received_ms=now_ms - number * 3_600_000,
        utc_offset_min=offset_min, state=state, progress=progress, number_e164="+15145550188", number_raw="5145550188",
        name=_LONG if state == "saved" else None,
    )  # fmt: skip


def _call(now_ms: int, offset_min: int) -> CallRow:
    return CallRow(
        id=1, direction="in", line="A", port=None, extension=None, user=None, mailbox=1, placed=None,
        number_raw="5145550188", number_e164="+15145550188", presentation="allowed", line_name="ROY PAUL", contact=1,
        contact_name="Paul Roy", contact_company="Roy & Co", client="Roy", matter="", important=True, emergency=False,
        drill=False, status_at="meeting", outcome="message", answered_how="exact", started_ms=now_ms - 60_000,
        utc_offset_min=offset_min, answered_ms=now_ms - 53_800, ended_ms=now_ms - 19_000, ring_s=6.2, talk_s=34.8,
        billable_s=35, hung_up_by="far end", why="loop drop", answered_by="person", person_ms=6_200, with_box_s=0.0,
    )  # fmt: skip
