"""What calls for attention on every page: alarms, faults, a call that comes in, and how much is new.

One fragment, which an open page fetches anew when the stream tells of something. The counts in the menu go with it.
"""

from __future__ import annotations

from webui.access import Site
from webui.visit import Visit

site = Site()


@site.get("/attention", access="user", quiet=True)
def attention(visit: Visit) -> str:
    return visit.page("attention", fetched=True)
