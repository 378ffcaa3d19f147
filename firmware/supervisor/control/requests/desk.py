"""What a command of the control socket works with, and on whose behalf it is done."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, Literal, ParamSpec, Protocol, TypeVar

from firmware.supervisor.control.arguments import Argument
from firmware.supervisor.events import Events
from firmware.supervisor.rules.numbers import Numbers
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store import audit
from firmware.supervisor.store.database import Database

P = ParamSpec("P")
T = TypeVar("T")
Dialled = Callable[[], Coroutine[Any, Any, None]]
Role = Literal["anyone", "first_visit", "user", "admin"]


class Box(Protocol):
    """What the commands need of the box itself; everything is called on the loop."""

    def status(self) -> dict[str, Any]:
        """``status.get`` of docs/architecture.md without ``new_messages`` and ``new_faxes``."""

    def health(self) -> dict[str, Any]:
        """``health.get`` of docs/architecture.md: ``checks``, ``link``, ``version``."""

    async def hang_up(self, call: int) -> None:
        """End a live call. Raises the store's ``NotFound`` when no live call has that id."""

    async def drill(self, handset: str, user: int | None) -> int:
        """As ``dial`` with an emergency number, without taking a line; also a ``Conflict`` while one is going on."""

    def seen(self, call: int) -> None:
        """The emergency call ``call`` has been acknowledged: nothing rings for it any more."""

    async def dial(self, handset: str, number: str, user: int | None, dialled: Dialled | None = None) -> int:
        """Ring ``handset`` and, once it is lifted, dial ``number``; returns the call's id.

        ``number``: E.164 with its +, or what one would dial on a handset. ``dialled`` runs once it has been sent.

        Raises the store's ``Conflict`` with a sentence when the handset or every line is in use.
        """


@dataclass(frozen=True)
class Actor:
    """On whose behalf a request is made, as the server has verified it. ``user`` None: a program of the box."""

    user: int | None
    name: str
    role: Role
    via: str

    @property
    def who(self) -> str:
        """As the audit log writes it."""
        return f"user:{self.user}" if self.user is not None else self.via


@dataclass(frozen=True)
class Desk:
    """What commands work with. ``now_ms``: the calendar clock, milliseconds since 1970 UTC."""

    database: Database
    settings: Settings
    events: Events
    numbers: Numbers
    box: Box
    now_ms: Callable[[], int]

    async def write(self, fn: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One transaction, awaited. Requests come from outside the sample clock: no fixed tick would repeat."""
        return await asyncio.wrap_future(self.database.write(fn, *args, **kwargs))


Run = Callable[[Desk, Actor, dict[str, Any]], Awaitable[Any]]


@dataclass(frozen=True)
class Command:
    """``programs``: also for a program of another system user that acts for nobody (the page's own subscription)."""

    role: Role
    run: Run
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    programs: bool = False


def note(
    connection: sqlite3.Connection,
    actor: Actor,
    now_ms: int,
    action: str,
    target: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """The audit row of a change, in the transaction that makes it."""
    audit.write(connection, at_ms=now_ms, who=actor.who, action=action, target=target, detail=detail)
