"""Emergency calls: on every page until somebody has acknowledged them; on Health the address, drills, the last one."""

from __future__ import annotations

from typing import Any

from firmware.supervisor.store import emergencies, users
from firmware.supervisor.store.emergencies import Emergency
from webui.access import Site
from webui.addresses import number_in, with_query
from webui.formats import plain
from webui.reply import Reply, see_other
from webui.visit import Visit

site = Site()

ADDRESS = "emergency.address"


@site.post("/emergency/<number>/seen", access="user")
def seen(visit: Visit, number: str) -> Reply:
    visit.ask("emergency.acknowledge", id=number_in(number))
    return see_other(with_query(visit.form.text("back", 300) or "/"))


@site.get("/emergency/card", access="admin", quiet=True)
def card(visit: Visit) -> str:
    """The card of the Health page, fetched anew."""
    return visit.page("health_emergency", **card_values(visit))


@site.post("/emergency/drill", access="admin")
def drill(visit: Visit) -> Reply:
    handset = visit.form.choice("handset", visit.handsets)
    if not handset:
        raise ValueError(f"handset: expected one of {', '.join(visit.handsets)}")
    visit.ask("emergency.drill", handset=handset)
    return see_other(with_query("/health", drill=handset))


@site.post("/emergency/address", access="admin")
def address(visit: Visit) -> Reply:
    visit.ask("settings.set", key=ADDRESS, value=visit.form.text("address", 200))
    return see_other("/health")


def card_values(visit: Visit) -> dict[str, Any]:
    """What the card of the Health page shows."""
    last = emergencies.last_drill(visit.db)
    return {
        "address": str(visit.stored.get(ADDRESS) or ""),
        "last_drill": last,
        "drill_seen_by": seen_by(visit, last),
        "handsets": visit.handsets,
    }


def seen_by(visit: Visit, emergency: Emergency | None) -> str:
    """Who acknowledged it, in words; empty: nobody."""
    kind, _, which = (emergency.seen_by or "" if emergency else "").partition(":")
    if kind == "user" and which.isdigit():
        user = users.by_id(visit.db, int(which))
        return plain(user.name, 60) if user else visit.t("emergency.somebody")
    if kind == "handset":
        return visit.handset(which)
    return visit.t("emergency.somebody") if kind else ""
