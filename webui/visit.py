"""One request, as plain values: who asks, for what, in which language, and the means to answer.

Made by the guard in `application.py`, closed when the answer is ready. The store is read through one snapshot, opened
when first needed, so that everything on a page is of the same moment.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import secrets
import sqlite3
from dataclasses import dataclass, field
from typing import Any, Protocol

from firmware.control_client import ControlError
from firmware.supervisor.rules.ports import named
from firmware.supervisor.rules.rights import Asker, Role, may_touch
from firmware.supervisor.settings.schema import SCHEMA, setting
from firmware.supervisor.store import emergencies, users
from firmware.supervisor.store.emergencies import Emergency
from firmware.supervisor.store.errors import StoreError
from firmware.supervisor.store.settings_table import stored_settings
from firmware.supervisor.store.users import User
from webui import formats
from webui.attention import Attention, attention
from webui.fields import Fields
from webui.form_token import token_for
from webui.navigation import NAVIGATION
from webui.render import render
from webui.reply import Reply
from webui.sessions import Session
from webui.web import Web
from webui.words import Words

CONNECTION = "frontdesk.connection"
"""Where the server puts the browser's connection, beside WSGI's own."""


class Connection(Protocol):
    """What a visit knows of the browser's connection; `connections.py` has the rest."""

    logged_in: bool
    """Set for a connection on which somebody has shown to be logged in: it keeps its place when there are many."""

    @property
    def descriptor(self) -> int:
        """The number of its socket's file."""


@dataclass
class Visit:
    """One request.

    Attributes:
        session_id: the session cookie as it came; worth something only when `session` is set.
        visitor_id: the visitor cookie, which form tokens are bound to before the log-in.
        device_of: the cookie of a device on which somebody has logged in before, as it came.
        refused: why the request itself makes no sense, before any page looks at it; empty: it does.
        connection: the browser's; None where no server stands between (tests).
        mark: how far things had gone when the request came (`live.py`).
        gave_visitor_id: a page showed a form to a browser that had no such cookie: the answer sets it.
    """

    web: Web
    path: str
    query: Fields
    headers: dict[str, str]
    address: str
    host: str
    t: Words
    session_id: str = ""
    visitor_id: str = ""
    device_of: str = ""
    refused: str = ""
    connection: Connection | None = None
    gave_visitor_id: bool = False
    form: Fields = field(default_factory=Fields)
    session: Session | None = None
    user: User | None = None
    status: int = 200
    mark: str = field(init=False)
    closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __post_init__(self) -> None:
        self.mark = self.web.live.mark  # taken before anything is read: what happens meanwhile is then not missed

    @functools.cached_property
    def db(self) -> sqlite3.Connection:
        """The store, read-only, one moment of it for the whole request. Raises the store's `Unreadable`."""
        return self.closing.enter_context(self.web.box.reading(self.running))

    @functools.cached_property
    def stored(self) -> dict[str, object]:
        """The settings of the page that have been changed. Raises the store's errors."""
        return stored_settings(self.db)

    def setting(self, key: str) -> object:
        """What is in force of a setting of the page. Raises the store's errors."""
        return self.stored.get(key, setting(key).default)

    def handset(self, name: str | None, key: str = "port.handset") -> str:
        """The one name of a telephone, everywhere: what people called it, else its letter in the page's words."""
        given = formats.plain(str(self.stored.get(f"handsets.{name}.name") or ""), 40)
        return given if given and given != f"Handset {name}" else self.t(key, name=formats.plain(name, 10))

    def line(self, name: str | None) -> str:
        """The one name of a line, as of a telephone."""
        given = formats.plain(str(self.stored.get(f"lines.{name}.name") or ""), 40)
        return given if given and given != f"Line {name}" else self.t("port.line", name=formats.plain(name, 10))

    def extension(self, dialled: str | None) -> str:
        """The telephone that has this extension."""
        for name in self.handsets:
            key = f"handsets.{name}.extension"
            if dialled and str(self.stored.get(key) or (SCHEMA[key].default if key in SCHEMA else "")) == dialled:
                return self.handset(name)
        return self.t("port.handset", name=formats.plain(dialled, 10))

    @functools.cached_property
    def lines(self) -> tuple[str, ...]:
        """The names of the lines. Raises the store's errors."""
        return named("lines", self.stored)

    @functools.cached_property
    def handsets(self) -> tuple[str, ...]:
        """The names of the handsets. Raises the store's errors."""
        return named("handsets", self.stored)

    @functools.cached_property
    def running(self) -> bool:
        """Whether the supervisor answers."""
        return self.web.box.running()

    @functools.cached_property
    def now(self) -> datetime.datetime:
        return self.web.now()

    @property
    def offset_min(self) -> int:
        """The office's offset from UTC now, in minutes."""
        offset = self.now.utcoffset() or datetime.timedelta()
        return int(offset.total_seconds() // 60)

    @property
    def here(self) -> str:
        """The address that was asked for, on this page."""
        return f"{self.path}?{self.query.encoded}" if self.query.encoded else self.path

    @property
    def partial(self) -> bool:
        """Whether htmx asks, for a swap."""
        return self.headers["HX-Request"] == "true"

    @property
    def me(self) -> User:
        """The logged-in user; only for routes with access `user` or `admin`."""
        if self.user is None:
            raise PermissionError(self.path)
        return self.user

    def may(self, act: str, mailbox: int | None) -> bool:
        """Whether the logged-in user may do ``act`` (of ``rules/rights``) to a thing that lies in ``mailbox``."""
        role: Role = "admin" if self.me.role == "admin" else "user"
        return may_touch(Asker(role, self.me.mailbox), act, mailbox)

    @functools.cached_property
    def colleagues(self) -> list[User]:
        """Whom a message can be given to: users with another mailbox. Raises the store's errors."""
        now_ms = int(self.now.timestamp() * 1000)
        return [one for one in users.everybody(self.db) if one.usable(now_ms) and one.mailbox != self.me.mailbox]

    @property
    def log_of(self) -> int | None:
        """The mailbox whose calls the logged-in user sees; None for all of them."""
        return None if self.me.role == "admin" else self.me.mailbox

    @property
    def identity(self) -> str:
        """The cookie that this browser's form tokens are bound to; empty when it has none."""
        return self.session_id if self.session is not None else self.visitor_id

    def token(self) -> str:
        """The token for a form on this page."""
        if not self.identity:
            self.visitor_id = secrets.token_urlsafe(18)
            self.gave_visitor_id = True
        return token_for(self.web.state.secret, self.identity)

    @functools.cached_property
    def emergencies(self) -> list[Emergency]:
        """The emergency calls that nobody has acknowledged; none where the store cannot be read."""
        with contextlib.suppress(StoreError):
            return emergencies.unseen(self.db)
        return []

    @functools.cached_property
    def attention(self) -> Attention:
        """What calls for attention now; for who is logged in."""
        return attention(self)

    def ask(self, command: str, **args: Any) -> Any:
        """Asks the supervisor in the user's name. Raises the control client's `BoxStopped`, `NoAnswer`, `Refused`."""
        return self.web.box.ask(self.me, command, **args)

    def note(self, action: str, target: str, **detail: Any) -> None:
        """Writes to the box's audit log; a stopped box keeps none, and its owner may still look at what is his."""
        with contextlib.suppress(ControlError):
            self.ask("audit.write", action=action, target=target, detail=detail)

    def page(self, template: str, **values: Any) -> str:
        """A page or fragment, with what every template may use."""
        return render(
            template,
            {
                "t": self.t,
                "visit": self,
                "user": self.user,
                "navigation": NAVIGATION,
                "moment": lambda ms, offset: formats.moment(ms, offset, self.now, self.t),
                "clock_length": formats.clock_length,
                "spoken_length": lambda seconds: formats.spoken_length(seconds, self.t),
                "size": lambda count: formats.size(count, self.t),
                "decimal": lambda value: formats.decimal(value, self.t),
                "telephone": lambda e164, raw: formats.telephone(e164, raw, self.web.country),
                "plain": formats.plain,
                "handset": self.handset,
                "colleagues": lambda: self.colleagues,
                "line_named": self.line,
                "extension": self.extension,
                **values,
            },
        )

    def problem(self, status: int, sentence: str, remedy: str, detail: str = "") -> Reply:
        """An error page: what happened, what to do, the detail folded away."""
        return Reply(self.page("problem", sentence=sentence, remedy=remedy, detail=detail), status)
