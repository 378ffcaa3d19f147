"""What an act works with, and on whose behalf it is done."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from firmware.supervisor.events import Events
from firmware.supervisor.rules import rights
from firmware.supervisor.rules.numbers import Numbers
from firmware.supervisor.rules.rights import Asker, Role
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store import audit, users
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import NotFound

T = TypeVar("T")
Dialled = Callable[[], Coroutine[Any, Any, None]]


class Denied(Exception):
    """Whoever asks may not do this at all."""


class Running(Protocol):
    """What acts need of the running box itself; everything is called on the loop."""

    def status(self) -> dict[str, Any]:
        """``status.get`` of docs/architecture.md without ``new_messages`` and ``new_faxes``."""

    def health(self) -> dict[str, Any]:
        """``health.get`` of docs/architecture.md: ``checks``, ``link``, ``version``."""

    async def hang_up(self, call: int) -> None:
        """End a live call. Raises the store's ``NotFound`` when no live call has that id."""

    async def drill(self, handset: str, user: int | None) -> int:
        """As ``dial`` with an emergency number, without taking a line; also a ``Conflict`` while one is going on."""

    def restart(self) -> None:
        """Stop, to be started again by whatever keeps the box running. Raises ``Conflict`` while a call goes on."""

    def seen(self, call: int) -> None:
        """The emergency call ``call`` has been acknowledged: nothing rings for it any more."""

    async def dial(self, handset: str, number: str, user: int | None, dialled: Dialled | None = None) -> int:
        """Ring ``handset`` and, once it is lifted, dial ``number``; returns the call's id.

        ``number``: E.164 with its +, or what one would dial on a handset. ``dialled`` runs once it has been sent.

        Raises the store's ``Conflict`` with a sentence when the handset or every line is in use.
        """


@dataclass(frozen=True)
class Actor:
    """On whose behalf an act is done, as it was verified. ``user`` None: a program of the box.

    ``role`` can be lower than the user's own, never higher. ``via``: how the wish came (web, telephone, duty).
    """

    user: int | None
    name: str
    role: Role
    via: str

    @property
    def who(self) -> str:
        """As the audit log writes it."""
        return f"user:{self.user}" if self.user is not None else self.via


@dataclass(frozen=True)
class Act:
    """One act inside its transaction: the store, who asks, and when."""

    name: str
    connection: sqlite3.Connection
    actor: Actor
    asker: Asker
    now_ms: int

    def must_own(self, mailbox: int | None, what: str, to: str = "") -> None:
        """Goes on if this asker may do this (or ``to``, another act) to a thing in ``mailbox``.

        Raises ``NotFound``, as for a thing that does not exist: whose it is concerns nobody else.
        """
        if not rights.may_touch(self.asker, to or self.name, mailbox):
            raise NotFound(f"there is no {what}")

    def note(self, action: str, target: str, detail: Mapping[str, Any] | None = None) -> None:
        """The audit row, in the transaction that makes the change."""
        audit.write(self.connection, at_ms=self.now_ms, who=self.actor.who, action=action, target=target, detail=detail)


@dataclass(frozen=True)
class Desk:
    """What acts work with. ``now_ms``: the calendar clock, milliseconds since 1970 UTC."""

    database: Database
    settings: Settings
    events: Events
    numbers: Numbers
    running: Running
    now_ms: Callable[[], int]

    async def act(self, actor: Actor, name: str, change: Callable[[Act], T]) -> T:
        """The right is asked and ``change`` made in one transaction. Raises ``Denied``, and what ``change`` raises.

        Acts come from outside the sample clock: no fixed tick would repeat.
        """
        now_ms = self.now_ms()

        def job(connection: sqlite3.Connection) -> T:
            return change(Act(name, connection, actor, _asker(connection, actor, name, now_ms), now_ms))

        return await asyncio.wrap_future(self.database.write(job))

    async def verified(self, actor: Actor, name: str) -> Actor:
        """The actor with the role that the store gives him now. Raises ``Denied`` if it does not allow ``name``."""
        if actor.user is not None:
            asker = await asyncio.wrap_future(self.database.write(_asker, actor, name, self.now_ms()))
            return replace(actor, role=asker.role)
        _must_be_allowed(actor.role, name)
        return actor


def _asker(connection: sqlite3.Connection, actor: Actor, act: str, now_ms: int) -> Asker:
    """Who asks, by the store as it is now. Raises ``Denied``."""
    if actor.user is None:
        asker = Asker(actor.role, None)
    else:
        known = users.by_id(connection, actor.user)
        if known is None or not known.usable(now_ms):
            raise Denied(f"user {actor.user} may not use the box")
        own: Role = "admin" if known.role == "admin" else "user"
        asker = Asker(min(own, actor.role, key=rights.ROLES.index), known.mailbox)
    _must_be_allowed(asker.role, act)
    return asker


def _must_be_allowed(role: Role, act: str) -> None:
    if not rights.may_do(role, act):
        raise Denied(f"needs role {rights.RIGHTS[act].role}")
