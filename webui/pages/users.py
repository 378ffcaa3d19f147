"""Users: who may use the box, as what, until when. A password that is set here is told by word of mouth."""

from __future__ import annotations

import datetime

from firmware.control_client import Refused
from firmware.supervisor.store import users
from webui.access import Site
from webui.addresses import number_in
from webui.passwords import SHORTEST, fault_of
from webui.periods import midnight_ms
from webui.reply import Reply, see_other
from webui.visit import Visit

site = Site()

ROLES = ("user", "admin")
_DONE = ("created", "changed", "password")


@site.get("/users", access="admin")
def show(visit: Visit) -> str:
    return _page(visit)


@site.post("/users", access="admin")
def create(visit: Visit) -> str | Reply:
    name, password = visit.form.text("name", 40), visit.form.secret("password")
    fault = "first_visit.name_missing" if not name else fault_of(password, visit.form.secret("again"))
    if fault is not None:
        return _refused(visit, visit.t(fault, n=SHORTEST))
    try:
        visit.ask(
            "users.create",
            name=name,
            role=visit.form.choice("role", ROLES, "user"),
            password_hash=visit.web.passwords.hash(password),
            own_mailbox=visit.form.given("own"),
        )
    except Refused as error:
        if error.code != "conflict":
            raise
        return _refused(visit, visit.t("users.name_taken", name=name))
    return see_other("/users?done=created")


@site.post("/users/<number:re:[0-9]+>", access="admin")
def change(visit: Visit, number: str) -> str | Reply:
    """Role, lock, last day."""
    try:
        visit.ask(
            "users.change",
            id=number_in(number),
            role=visit.form.choice("role", ROLES, "user"),
            disabled=visit.form.given("locked"),
            expires_ms=_end_of(visit.form.text("until", 10), visit.now),
        )
    except Refused as error:
        if error.code != "conflict":
            raise
        return _refused(visit, visit.t("users.last_admin"))
    return see_other("/users?done=changed")


@site.post("/users/<number:re:[0-9]+>/password", access="admin")
def password(visit: Visit, number: str) -> str | Reply:
    """A new one for somebody who has forgotten it, whose devices are then signed out."""
    typed = visit.form.secret("password")
    fault = fault_of(typed, typed)
    if fault is not None:
        return _refused(visit, visit.t(fault, n=SHORTEST))
    user = number_in(number)
    visit.ask("users.reset_password", id=user, password_hash=visit.web.passwords.hash(typed))
    visit.web.sessions.end_others(user, visit.session.handle if visit.session else "")
    return see_other("/users?done=password")


def last_day(user: users.User, visit: Visit) -> str:
    """The last day on which a user may log in, as a date field wants it; empty: for good."""
    if user.expires_ms is None:
        return ""
    end = datetime.datetime.fromtimestamp(user.expires_ms / 1000, visit.now.tzinfo)
    return (end - datetime.timedelta(days=1)).date().isoformat()


def _end_of(day: str, now: datetime.datetime) -> int | None:
    """The end of a local day, milliseconds since 1970; None for no day. Raises ValueError for what is none."""
    if not day:
        return None
    return midnight_ms(datetime.date.fromisoformat(day) + datetime.timedelta(days=1), now)


def _refused(visit: Visit, why: str) -> str:
    visit.status = 400
    return _page(visit, why)


def _page(visit: Visit, fault: str = "") -> str:
    return visit.page(
        "users",
        everybody=[(user, last_day(user, visit)) for user in users.everybody(visit.db)],
        roles=ROLES,
        fault=fault,
        done=visit.query.choice("done", _DONE),
        name=visit.form.text("name", 40),
        shortest=SHORTEST,
    )
