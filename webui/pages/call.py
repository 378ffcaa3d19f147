"""One call: what happened and why."""

from __future__ import annotations

from typing import Any

from firmware.supervisor.store import emergencies, rules
from firmware.supervisor.store.errors import NotFound
from firmware.supervisor.store.faxes import list_faxes
from firmware.supervisor.store.queries_calls import CallDetail, CallRecording, one_call
from webui.access import Site
from webui.addresses import number_in
from webui.outlines import outline_of
from webui.pages.emergency import seen_by
from webui.pages.messages import my_message
from webui.reply import Reply, see_other
from webui.timeline import Sound, Timeline, timeline
from webui.visit import Visit

site = Site()

# The picture twice, each drawn for its width: a scaled-down one could not be read on a phone.
_DESK_PX, _PHONE_PX = 980, 350


@site.get("/calls/<number:re:[0-9]+>", access="user")
def show(visit: Visit, number: str) -> str:
    return _page(visit, number)


@site.get("/calls/<number:re:[0-9]+>/now", access="user", quiet=True)
def now(visit: Visit, number: str) -> str:
    """The same, fetched by the page of a call that is going on: no use of the session."""
    return _page(visit, number)


@site.post("/calls/<number:re:[0-9]+>/block", access="user")
def block(visit: Visit, number: str) -> Reply:
    """Who called is turned away from now on."""
    call = _known(visit, number).call
    rule = visit.ask("rules.add", rule=_block(call.number_e164))["id"]
    return see_other(f"/calls/{call.id}?blocked={rule}")


def _block(number: str | None) -> dict[str, Any]:
    return {"kind": "block", "number": number or ""}


def _known(visit: Visit, number: str) -> CallDetail:
    detail = one_call(visit.db, number_in(number))
    if detail is None or not visit.may("calls.see", detail.call.mailbox):
        raise NotFound(f"call {number}")
    if detail.call.mailbox != visit.me.mailbox:
        visit.note("see call", f"call:{detail.call.id}")  # the right of an administrator, who bills for all
    return detail


def _page(visit: Visit, number: str) -> str:
    detail = _known(visit, number)
    recordings = _audible(visit, detail)
    emergency = emergencies.one(visit.db, detail.call.id)
    messages = [my_message(visit, str(found.message)) for found in recordings if found.message is not None]
    return visit.page(
        "call",
        messages=[message for message in messages if message.state != "deleted"],
        undo=visit.query.whole("deleted", 0, 0, 2**53),
        call=detail.call,
        emergency=emergency,
        seen_by=seen_by(visit, emergency),
        events=sorted(detail.timeline, key=lambda event: event.at_s),
        ended=next((event.detail for event in detail.timeline if event.kind == "end"), {}),
        segments=detail.segments,
        recordings=[found for found in recordings if found.message is None],
        faxes=list_faxes(visit.db, mailbox=visit.me.mailbox, call=detail.call.id),
        ended_already=visit.query.whole("ended", 0, 0, 1),
        can_be_blocked=bool(detail.call.direction == "in" and detail.call.number_e164)
        and _block(detail.call.number_e164) not in rules.kept(visit.db).values(),
        blocked=visit.query.whole("blocked", 0, 0, 2**53),
        fax_undo=visit.query.whole("fax_deleted", 0, 0, 2**53),
        drawn=_picture(visit, detail, recordings),
        outline_of_message=lambda message: outline_of(visit.web.box.recordings, message.path),
        outline=lambda found: outline_of(visit.web.box.recordings, found.path),
    )


def _audible(visit: Visit, detail: CallDetail) -> list[CallRecording]:
    """The finished recordings that this user may hear."""
    if not visit.may("recordings.hear", detail.call.mailbox):
        return []
    return [found for found in detail.recordings if found.state in ("finished", "repaired") and found.samples]


def _picture(visit: Visit, detail: CallDetail, recordings: list[CallRecording]) -> dict[str, Timeline]:
    begun = {
        row["id"]: (row["started_ms"] - detail.call.started_ms) / 1000
        for row in visit.db.execute("SELECT id, started_ms FROM recordings WHERE call = ?", (detail.call.id,))
    }
    sounds = [
        Sound(
            begun.get(found.id, 0.0),
            (found.samples or 0) / 8000,
            outline_of(visit.web.box.recordings, found.path),
        )
        for found in recordings
    ]
    return {
        "desk": timeline(detail, sounds, _DESK_PX, visit.t),
        "phone": timeline(detail, sounds, _PHONE_PX, visit.t),
    }
