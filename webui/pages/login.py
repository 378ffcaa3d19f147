"""Log-in and log-out. One field set, growing back-off, the same answer for a wrong name and a wrong password."""

from __future__ import annotations

import contextlib
import math

from firmware.control_client import ControlError
from firmware.supervisor.store import users
from webui.access import Site
from webui.form_token import token_for
from webui.reply import DEVICE_COOKIE, SESSION_COOKIE, Reply, see_other
from webui.sessions import IDLE_S, KEPT_S
from webui.visit import Visit

site = Site()

KEPT_ON_DEVICE_S = 400 * 24 * 3600  # browsers keep none longer


@site.get("/login", access="public")
def show(visit: Visit) -> str | Reply:
    if visit.user is not None:
        return see_other("/")
    fault = ""
    if not users.any_user(visit.db):
        mark = visit.web.box.owner_mark
        if mark is None:
            return see_other("/first-visit")
        fault = visit.t("login.lost", mark=mark)
    ended = visit.query.choice("why", ("ended",))
    return _page(visit, "", fault or (visit.t("login.ended") if ended else ""), visit.query.text("next", 300))


@site.post("/login", access="public")
def log_in(visit: Visit) -> str | Reply:
    name, place = visit.form.text("name", 40), visit.form.text("next", 300)
    known = visit.device_of == device_mark(visit, name)
    wait_s = visit.web.throttle.begin_try(visit.address, name, known)
    if wait_s > 0:
        seconds = math.ceil(wait_s)
        page = _page(visit, name, visit.t.count("login.wait", seconds), place)
        return Reply(page, 429, [("Retry-After", str(seconds))])
    user = users.by_name(visit.db, name)
    usable = user if user is not None and user.usable(int(visit.now.timestamp() * 1000)) else None
    if not visit.web.passwords.matches(visit.form.secret("password"), usable.password_hash if usable else None):
        with contextlib.suppress(ControlError):  # the name as typed may be a password: only a user's is written down
            visit.web.box.note("log in failed", f"user:{user.id}" if user else "", address=visit.address)
        return Reply(_page(visit, name, visit.t("login.wrong"), place), 403)
    visit.web.throttle.forgive(visit.address, name)
    assert usable is not None  # `matches` is never right for nobody
    visit.user = usable
    visit.note("log in", f"user:{usable.id}", address=visit.address)
    reply = begin_session(visit, usable.id, visit.form.given("kept"), place)
    return reply.cookie(DEVICE_COOKIE, device_mark(visit, name), KEPT_ON_DEVICE_S)


@site.post("/logout", access="user")
def log_out(visit: Visit) -> Reply:
    visit.note("log out", f"user:{visit.me.id}", address=visit.address)
    if visit.session is not None:
        visit.web.sessions.end(visit.me.id, visit.session.handle)
    return see_other("/login").cookie(SESSION_COOKIE, "", 0)


def begin_session(visit: Visit, user: int, kept: bool, place: str = "/") -> Reply:
    """Logs the browser in and sends it where it was going."""
    identity = visit.web.sessions.begin(user, kept, visit.headers["User-Agent"], visit.address)
    return see_other(place or "/").cookie(SESSION_COOKIE, identity, KEPT_S if kept else None)


def device_mark(visit: Visit, name: str) -> str:
    """What a device keeps on which this name has logged in."""
    return token_for(visit.web.state.secret, f"device:{name.casefold()}")


def _page(visit: Visit, name: str, fault: str, place: str) -> str:
    return visit.page("login", name=name, fault=fault, place=place, minutes=IDLE_S // 60)
