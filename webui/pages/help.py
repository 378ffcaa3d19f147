"""Help: how do I ... First steps, the keys of the telephone and of this page; for everybody, also before the log-in."""

from __future__ import annotations

from firmware.supervisor.assistant.commands import table
from webui.access import Site
from webui.visit import Visit

site = Site()

TOPICS = ("call", "message", "take", "contact", "reach", "undo", "keys", "emergency")


@site.get("/help", access="public")
def show(visit: Visit) -> str:
    menus = [menu for menu in table().menus.values() if menu.built]
    return visit.page("help", topics=TOPICS, menus=menus)


@site.get("/more", access="user")
def more(visit: Visit) -> str:
    """What the phone's bottom bar has no room for."""
    return visit.page("more")
