"""How a caller finds the office: what can be offered to him now, by settings, rules and who is on a telephone."""

from __future__ import annotations

from firmware.supervisor.assistant.caller.greeting import Situation
from firmware.supervisor.assistant.office import Announcement
from firmware.supervisor.calls.call import Call
from firmware.supervisor.rules import find_me
from firmware.supervisor.settings.schema import TEXTS
from firmware.supervisor.switchboard.parts import Parts
from firmware.supervisor.switchboard.ring_phase import RingPhase


def situation(parts: Parts, call: Call, ring: RingPhase) -> Situation:
    """For the caller of ``ring``, of whom the rules have decided."""
    assert ring.outcome is not None
    settings, who = parts.settings, ring.who
    handsets = [port.name for port in parts.bank.handsets if parts.plan.rings(port.name)]
    mobile = parts.numbers.typed(settings.text("reach.mobile")).e164
    order, ring_s = settings.text("reach.order"), settings.number("reach.ring_s")
    house = find_me.steps(handsets, [], order, ring_s)
    everywhere = find_me.steps(handsets, [mobile] if mobile else [], order, ring_s)
    texts = (settings.text(f"information.{number}") for number in range(1, TEXTS + 1))
    reached = ring.outcome.what == "reach"
    in_use = any(parts.bank[name].off_hook for name in handsets)  # somebody for whom a caller may wait
    operator = settings.text("dialing.operator") if reached else ""
    return Situation(
        Announcement(who.contact or call.columns.get("name") or "", who.number),
        steps=find_me.important(ring.outcome, who, settings.text("reach.important"), everywhere),
        asks_first=house if ring.asks_first else (),
        holds=house if reached and in_use else (),
        operator=find_me.steps([operator], [], order, ring_s) if operator else (),
        information=tuple(filter(None, texts)),
        status=ring.outcome.status if settings.flag("answering.tell_status") else "",
        stranger=not who.contact and settings.flag("reach.ask_name"),
    )
