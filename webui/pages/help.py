"""Help: how do I ... First steps, the keys of the telephone and of this page; for everybody, also before the log-in."""

from __future__ import annotations

import contextlib

from firmware.supervisor.assistant.commands import table
from firmware.supervisor.store.errors import StoreError
from models import files
from webui.access import Site
from webui.visit import Visit

site = Site()

_PREFIX = "dialing.outside_prefix"
TOPICS = ("call", "message", "take", "contact", "reach", "undo", "keys", "emergency")


@site.get("/help", access="public")
def show(visit: Visit) -> str:
    menus = [menu for menu in table().menus.values() if menu.built]
    prefix = ""
    with contextlib.suppress(StoreError):  # help is there also where the store is not
        prefix = str(visit.setting(_PREFIX))
    listening = {"models": files.table().values(), "sources": files.sources()}
    return visit.page("help", topics=TOPICS, menus=menus, prefix=prefix, **listening)


@site.get("/more", access="user")
def more(visit: Visit) -> str:
    """What the phone's bottom bar has no room for."""
    return visit.page("more")
