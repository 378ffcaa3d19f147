"""The pages, one module each; `SITES` is the whole plan."""

from __future__ import annotations

from webui.access import Site
from webui.pages import (
    account,
    assets,
    assistant,
    attention,
    call,
    calls,
    contacts,
    demo,
    emergency,
    faxes,
    first_visit,
    health,
    help,
    home,
    login,
    messages,
    parts,
    recordings,
    settings,
    stream,
    time,
    users,
)

SITES: tuple[Site, ...] = (
    assets.site,
    first_visit.site,
    login.site,
    account.site,
    home.site,
    stream.site,
    messages.site,
    recordings.site,
    faxes.site,
    calls.site,
    call.site,
    time.site,
    contacts.site,
    assistant.site,
    users.site,
    settings.site,
    health.site,
    emergency.site,
    attention.site,
    help.site,
    parts.site,
    demo.site,
)
