"""The first visit sets the admin's name and password. There is no default, and once a user exists it is over."""

from __future__ import annotations

from firmware.supervisor.store import users
from webui.access import Site
from webui.box import Actor
from webui.pages.login import begin_session
from webui.passwords import SHORTEST, fault_of
from webui.reply import Reply
from webui.visit import Visit

site = Site()


@site.get("/first-visit", access="first_visit")
def show(visit: Visit) -> str:
    return _form(visit)


@site.post("/first-visit", access="first_visit")
def set_password(visit: Visit) -> str | Reply:
    name = visit.form.text("name", 40)
    password = visit.form.secret("password")
    fault = "first_visit.name_missing" if not name else fault_of(password, visit.form.secret("again"))
    if fault is not None:
        visit.status = 400
        return _form(visit, name, fault)
    kept = visit.web.passwords.hash(password)
    visit.web.box.ask(Actor(None, name, "first_visit"), "users.create_first", name=name, password_hash=kept)
    with visit.web.box.reading(True) as db:
        user = users.by_name(db, name)
    return begin_session(visit, user.id if user else 0, visit.form.given("kept"))


def _form(visit: Visit, name: str = "", fault: str = "") -> str:
    return visit.page("first_visit", name=name, fault=visit.t(fault, n=SHORTEST) if fault else "", shortest=SHORTEST)
