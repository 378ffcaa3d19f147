"""The first visit sets the admin's name and password. There is no default, and once a user exists it is over.

It needs the code that only somebody at the box can read (`first_code.py`).
"""

from __future__ import annotations

from webui.access import Site
from webui.pages.login import begin_session
from webui.passwords import SHORTEST, fault_of
from webui.reply import Reply
from webui.visit import Visit

site = Site()

_VISITOR = "first visit"  # whose tries are counted


@site.get("/first-visit", access="first_visit")
def show(visit: Visit) -> str:
    return _form(visit)


@site.post("/first-visit", access="first_visit")
def set_password(visit: Visit) -> str | Reply:
    name = visit.form.text("name", 40)
    password = visit.form.secret("password")
    if visit.web.throttle.begin_try(visit.address, _VISITOR) > 0 or not visit.web.first_code.matches(
        visit.form.text("code", 20)
    ):
        visit.status = 403
        return _form(visit, name, "first_visit.code_over" if visit.web.first_code.over else "first_visit.code_wrong")
    visit.web.throttle.forgive(visit.address, _VISITOR)
    fault = "first_visit.name_missing" if not name else fault_of(password, visit.form.secret("again"))
    if fault is not None:
        visit.status = 400
        return _form(visit, name, fault)
    kept = visit.web.passwords.hash(password)
    user = visit.web.box.create_first_user(name, kept)
    visit.web.first_code.forget()
    return begin_session(visit, user, visit.form.given("kept"))


def _form(visit: Visit, name: str = "", fault: str = "") -> str:
    return visit.page(
        "first_visit",
        name=name,
        code=visit.form.text("code", 20),
        fault=visit.t(fault, n=SHORTEST) if fault else "",
        shortest=SHORTEST,
    )
