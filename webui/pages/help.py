"""Help: how do I ... First steps and the keys of this page; for everybody, also before the log-in."""

from __future__ import annotations

from webui.access import Site
from webui.visit import Visit

site = Site()

TOPICS = ("call", "message", "take", "contact", "undo", "keys", "emergency")


@site.get("/help", access="public")
def show(visit: Visit) -> str:
    return visit.page("help", topics=TOPICS)


@site.get("/more", access="user")
def more(visit: Visit) -> str:
    """What the phone's bottom bar has no room for."""
    return visit.page("more")
