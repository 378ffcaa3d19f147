"""The plan of the site: what stands in the side bar and in the phone's bottom bar."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """One entry.

    Attributes:
        key: names the word (`nav.KEY`) and the icon.
        bottom: stands in the phone's bottom bar; the others are under "More".
        admin: shown to admins only.
    """

    key: str
    path: str
    bottom: bool = False
    admin: bool = False


NAVIGATION = (
    Place("home", "/", bottom=True),
    Place("messages", "/messages", bottom=True),
    Place("calls", "/calls", bottom=True),
    Place("contacts", "/contacts", bottom=True),
    Place("time", "/time"),
    Place("assistant", "/assistant"),
    Place("users", "/users", admin=True),
    Place("settings", "/settings", admin=True),
    Place("health", "/health", admin=True),
    Place("help", "/help"),
    Place("account", "/account"),
)
