"""Who may do what, and with whose things: one table.

The desk asks it inside the transaction of each act, the control socket before it looks at a request's arguments, the
page before it shows a thing. Pure: who asks and whose the thing is are handed in.

A thing lies in a mailbox: a message, a fax, a call of the log with its recordings; a contact that lies in none is
shared by all. Whoever asks has one mailbox. What is the box's own (the state of the lines, the settings) has no owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Role = Literal["anyone", "first_visit", "user", "admin"]
ROLES: Final[tuple[Role, ...]] = ("anyone", "user", "admin")  # rising

Whose = Literal["nobody's", "own", "log"]
"""Whose thing an act touches.

``nobody's``: the box's own. ``own``: one's own, or shared. ``log``: as ``own``, and an administrator's too, who bills
what everybody calls.
"""


@dataclass(frozen=True)
class Right:
    """``programs``: also for a program of another system user that acts for nobody (the page's own subscription)."""

    role: Role
    whose: Whose = "nobody's"
    programs: bool = False


@dataclass(frozen=True)
class Asker:
    """Who asks, as the store knows him at that moment. ``mailbox`` None: a program of the box, which has none."""

    role: Role
    mailbox: int | None


RIGHTS: Final[Mapping[str, Right]] = MappingProxyType(
    {
        "status.get": Right("user", programs=True),
        "events.subscribe": Right("user", programs=True),
        "health.get": Right("user", programs=True),
        "messages.hear": Right("user", "own"),
        "messages.mark": Right("user", "own"),
        "messages.delete": Right("user", "own"),
        "messages.restore": Right("user", "own"),
        "messages.destroy": Right("user", "own"),
        "messages.note": Right("user", "own"),
        "messages.forward": Right("user", "own"),
        "faxes.see": Right("user", "own"),
        "faxes.mark": Right("user", "own"),
        "faxes.delete": Right("user", "own"),
        "faxes.restore": Right("user", "own"),
        "faxes.destroy": Right("user", "own"),
        "recordings.hear": Right("user", "own"),
        "calls.see": Right("user", "log"),
        "calls.annotate": Right("user", "log"),
        "calls.done": Right("user", "own"),
        "calls.hang_up": Right("user", "log"),
        "calls.dial": Right("user"),
        "emergency.acknowledge": Right("user"),  # by whoever sees it first
        "emergency.drill": Right("admin"),
        "contacts.create": Right("user"),
        "contacts.see": Right("user", "own"),
        "contacts.update": Right("user", "own"),
        "contacts.merge": Right("user", "own"),
        "contacts.delete": Right("user", "own"),
        "contacts.restore": Right("user", "own"),
        "time.see": Right("user", "log"),
        "time.draft": Right("user", "log"),
        "time.add": Right("user", "log"),
        "time.edit": Right("user", "log"),
        "time.split": Right("user", "log"),
        "time.remove": Right("user", "log"),
        "time.restore": Right("user", "log"),
        "time.export": Right("user", "log"),
        "time.reopen": Right("user", "log"),
        "status.set": Right("user"),
        "rules.test": Right("user"),
        "rules.add": Right("user"),
        "rules.remove": Right("user"),
        "box.restart": Right("admin"),
        "backup.download": Right("admin"),  # everything the box keeps, of everybody
        "receptionists.keep": Right("admin"),
        "settings.get": Right("admin"),
        "settings.set": Right("admin"),
        "users.create_first": Right("first_visit"),
        "users.set_password": Right("user"),
        "users.create": Right("admin"),
        "users.change": Right("admin"),
        "users.reset_password": Right("admin"),
        "audit.write": Right("user", programs=True),
    }
)
"""Every act, by the name of its request; those that only the page's reads know (hear, see) stand beside them."""


def may_do(role: Role, act: str) -> bool:
    """Whether this role may do ``act`` at all. The first visit is open; its act refuses once a user exists."""
    wanted = RIGHTS[act].role
    return wanted == "first_visit" or ROLES.index(role) >= ROLES.index(wanted)


def may_touch(asker: Asker, act: str, mailbox: int | None) -> bool:
    """Whether ``act`` may be done by this asker to a thing that lies in ``mailbox`` (None: shared)."""
    if not may_do(asker.role, act):
        return False
    whose = RIGHTS[act].whose
    if whose == "nobody's" or mailbox is None or asker.mailbox is None:
        return True
    return mailbox == asker.mailbox or (whose == "log" and asker.role == "admin")
