"""The account page: devices with sign-out, a new password, the language of the page."""

from __future__ import annotations

from webui.access import Site
from webui.passwords import SHORTEST, fault_of
from webui.reply import LANGUAGE_COOKIE, Reply, see_other
from webui.visit import Visit
from webui.words import LANGUAGES

site = Site()

_YEAR_S = 365 * 24 * 3600


@site.get("/account", access="user")
def show(visit: Visit) -> str:
    return _page(visit)


@site.post("/account/password", access="user")
def change_password(visit: Visit) -> str | Reply:
    password = visit.form.secret("password")
    fault = fault_of(password, visit.form.secret("again"))
    if fault is None:
        # A try at the present password is a try like any at the door.
        wait_s = visit.web.throttle.begin_try(visit.address, visit.me.name)
        right = wait_s <= 0 and visit.web.passwords.matches(visit.form.secret("present"), visit.me.password_hash)
        fault = None if right else "account.present_wrong"
    if fault is not None:
        visit.status = 400
        return _page(visit, visit.t(fault, n=SHORTEST))
    visit.web.throttle.forgive(visit.address, visit.me.name)
    visit.ask("users.set_password", password_hash=visit.web.passwords.hash(password))
    if visit.session is not None:
        visit.web.sessions.end_others(visit.me.id, visit.session.handle)
    return see_other("/account?done=password")


@site.post("/account/language", access="user")
def change_language(visit: Visit) -> Reply:
    language = visit.form.choice("language", LANGUAGES, LANGUAGES[0])
    return see_other("/account").cookie(LANGUAGE_COOKIE, language, _YEAR_S)


@site.post("/account/devices/<handle>/sign-out", access="user")
def sign_out(visit: Visit, handle: str) -> Reply:
    visit.web.sessions.end(visit.me.id, handle)
    return see_other("/account?done=device")


def _page(visit: Visit, fault: str = "") -> str:
    return visit.page(
        "account",
        fault=fault,
        done=visit.query.choice("done", ("password", "device")),
        devices=visit.web.sessions.of_user(visit.me.id),
        here=visit.session.handle if visit.session else "",
        languages=LANGUAGES,
        shortest=SHORTEST,
        fingerprint=visit.web.fingerprint,
    )
