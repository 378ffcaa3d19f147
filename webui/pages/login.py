"""Log-in and log-out. One field set, growing back-off, the same answer for a wrong name and a wrong password."""

from __future__ import annotations

import math

from firmware.supervisor.store import users
from webui.access import Site
from webui.reply import SESSION_COOKIE, Reply, see_other
from webui.sessions import KEPT_S
from webui.visit import Visit

site = Site()


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
    return visit.page("login", name="", fault=fault)


@site.post("/login", access="public")
def log_in(visit: Visit) -> str | Reply:
    name = visit.form.text("name", 40)
    wait_s = visit.web.throttle.begin_try(visit.address, name)
    if wait_s > 0:
        seconds = math.ceil(wait_s)
        page = visit.page("login", name=name, fault=visit.t.count("login.wait", seconds))
        return Reply(page, 429, [("Retry-After", str(seconds))])
    user = users.by_name(visit.db, name)
    usable = user if user is not None and not user.disabled else None
    if not visit.web.passwords.matches(visit.form.secret("password"), usable.password_hash if usable else None):
        return Reply(visit.page("login", name=name, fault=visit.t("login.wrong")), 403)
    visit.web.throttle.forgive(visit.address, name)
    assert usable is not None  # `matches` is never right for nobody
    visit.user = usable
    visit.note("log in", f"user:{usable.id}", address=visit.address)
    return begin_session(visit, usable.id, visit.form.given("kept"))


@site.post("/logout", access="user")
def log_out(visit: Visit) -> Reply:
    if visit.session is not None:
        visit.web.sessions.end(visit.me.id, visit.session.handle)
    return see_other("/login").cookie(SESSION_COOKIE, "", 0)


def begin_session(visit: Visit, user: int, kept: bool) -> Reply:
    """Logs the browser in and sends it to Home."""
    identity = visit.web.sessions.begin(user, kept, visit.headers["User-Agent"], visit.address)
    return see_other("/").cookie(SESSION_COOKIE, identity, KEPT_S if kept else None)
