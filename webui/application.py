"""The Bottle application: every site's routes, each behind the guard that its access asks for.

This is the only module that touches Bottle's request object; inward go plain values (`Visit`), outward comes text or a
`Reply`. Faults end here, in one place, as pages that say what happened and what to do.
"""

from __future__ import annotations

import logging
from http.cookies import CookieError, SimpleCookie
from typing import Any

from bottle import Bottle, HTTPError, HTTPResponse, request

from firmware.control_client import BoxStopped, NoAnswer, Refused
from firmware.supervisor.store import users
from firmware.supervisor.store.errors import NotFound, StoreError
from webui import form_token
from webui.access import Route, may
from webui.addresses import is_called, with_query
from webui.fields import Fields
from webui.headers import headers_for
from webui.pages import SITES
from webui.passwords import PasswordsBusy
from webui.reply import DEVICE_COOKIE, LANGUAGE_COOKIE, SESSION_COOKIE, VISITOR_COOKIE, Reply, see_other
from webui.visit import CONNECTION, Visit
from webui.web import Web
from webui.words import LANGUAGES, preferred, words

log = logging.getLogger(__name__)

_LONGEST_FORM = 64 * 1024
_STATUS_OF = {"bad_request": 400, "denied": 403, "not_found": 404, "conflict": 409, "busy": 503, "failed": 500}


def application(web: Web) -> Bottle:
    """The whole site as one WSGI application of its own (no global default app)."""
    app = Bottle()
    for route in routes():
        app.route(route.path, route.method, callback=_mounted(web, route))
    app.add_hook("before_request", _refuse_what_is_no_text)
    app.default_error_handler = lambda error: _fault(web, error)
    return app


def routes() -> list[Route]:
    """Every route of the site."""
    return [route for site in SITES for route in site.routes]


def _refuse_what_is_no_text() -> None:
    """An address whose bytes are no UTF-8 is nowhere. Bottle itself drops such bytes: /%ff would show Home."""
    try:
        str(request.environ["bottle.raw_path"]).encode("latin-1").decode()
    except UnicodeError:
        raise HTTPError(404) from None


def _mounted(web: Web, route: Route) -> Any:
    def answer(**captured: str) -> HTTPResponse:
        visit = _visit(web)
        with visit.closing:
            reply = _guarded(visit, route, captured)
        return _finished(visit, reply)

    return answer


def _guarded(visit: Visit, route: Route, captured: dict[str, str]) -> Reply:
    """Runs a handler behind its guard and turns every fault into a page."""
    t = visit.t
    try:
        if visit.refused:
            raise ValueError(visit.refused)
        if not is_called(visit.host, visit.web.names):
            names = ", ".join(sorted(visit.web.names))
            return visit.problem(421, t("problem.host"), t("problem.host_remedy", names=names))
        _recognise(visit, route)
        refusal = _refusal(visit, route)
        if refusal is not None:
            return refusal
        if route.method == "POST":
            visit.form = _form()
            if not _form_is_ours(visit):
                return visit.problem(403, t("problem.form"), t("problem.form_remedy"))
        answer = route.handler(visit, **captured)
        return answer if isinstance(answer, Reply) else Reply(answer, visit.status)
    except BoxStopped as error:
        return visit.problem(503, t("problem.stopped"), t("problem.stopped_remedy"), str(error))
    except NoAnswer as error:
        return visit.problem(503, t("problem.busy"), t("problem.busy_remedy"), str(error))
    except Refused as error:
        known = error.code if error.code in _STATUS_OF else "failed"
        return visit.problem(_STATUS_OF[known], t(f"problem.{known}"), t(f"problem.{known}_remedy"), str(error))
    except NotFound:
        return visit.problem(404, t("problem.not_found"), t("problem.not_found_remedy"))
    except StoreError as error:
        return visit.problem(503, t("problem.unreadable"), t("problem.unreadable_remedy"), str(error))
    except PasswordsBusy:
        return visit.problem(503, t("problem.busy"), t("problem.busy_remedy"))
    except ValueError as error:
        return visit.problem(400, t("problem.bad_request"), t("problem.bad_request_remedy"), str(error))


def _visit(web: Web) -> Visit:
    environ = request.environ
    cookies = _cookies(environ.get("HTTP_COOKIE", ""))
    language = cookies.get(LANGUAGE_COOKIE, "")
    query, refused = Fields(), ""
    try:
        query = Fields(environ.get("QUERY_STRING", "")[:8192])
    except ValueError as error:
        refused = str(error)
    return Visit(
        web=web,
        path=str(environ.get("PATH_INFO", "/")),
        query=query,
        refused=refused,
        headers={name: request.get_header(name, "") for name in ("User-Agent", "Origin", "Range", "HX-Request")},
        address=str(environ.get("REMOTE_ADDR", "")),
        host=str(environ.get("HTTP_HOST", "")),
        t=words(language if language in LANGUAGES else preferred(environ.get("HTTP_ACCEPT_LANGUAGE", ""))),
        session_id=cookies.get(SESSION_COOKIE, ""),
        visitor_id=cookies.get(VISITOR_COOKIE, ""),
        device_of=cookies.get(DEVICE_COOKIE, ""),
        connection=environ.get(CONNECTION),
    )


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header[:8192]).items() if len(morsel.value) <= 100}
    except CookieError:
        return {}


def _recognise(visit: Visit, route: Route) -> None:
    """Finds who is logged in. The role comes from the store, so that a change of rights works at once."""
    if not visit.session_id:
        return
    session = visit.web.sessions.find(visit.session_id, touch=not route.quiet)
    if session is None:
        return
    try:
        user = users.by_id(visit.db, session.user)
    except StoreError:
        if route.access != "public":
            raise
        return  # a public page is there even when the store is not
    if user is not None and user.usable(int(visit.now.timestamp() * 1000)):
        visit.user, visit.session = user, session
        if visit.connection is not None:
            visit.connection.logged_in = True


def _refusal(visit: Visit, route: Route) -> Reply | None:
    """Why this visit may not use this route, as the answer; None when it may."""
    if route.access == "public":
        return None
    first = not users.any_user(visit.db) and visit.web.box.owner_mark is None
    if first != (route.access == "first_visit"):
        return see_other("/first-visit" if first else "/login")
    if may(route.access, visit.user.role if visit.user else None):
        return None
    if visit.user is not None:
        return visit.problem(403, visit.t("problem.denied"), visit.t("problem.denied_remedy"))
    why = "ended" if visit.session_id else ""
    if visit.partial:  # a swap cannot show the log-in: htmx goes there as a whole page
        return Reply(status=401, headers=[("HX-Redirect", with_query("/login", why=why))])
    going = visit.here if route.method == "GET" and not route.quiet and visit.path != "/" else ""
    return see_other(with_query("/login", why=why, next=going))


def _form() -> Fields:
    """The body of a POST. Raises ValueError when it is too long, too many, not a form or does not come."""
    environ = request.environ
    if not str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        raise ValueError("the form did not come as application/x-www-form-urlencoded")
    length = request.content_length
    if not 0 <= length <= _LONGEST_FORM:
        raise ValueError(f"a form holds at most {_LONGEST_FORM} bytes and says how long it is")
    try:
        body = environ["wsgi.input"].read(length)
    except OSError as error:  # the browser has left, or takes too long
        raise ValueError(f"the form did not come: {error}") from error
    return Fields(body.decode("ascii", errors="replace"))


def _form_is_ours(visit: Visit) -> bool:
    return form_token.accepts(
        visit.web.state.secret,
        visit.identity,
        visit.form.text(form_token.FIELD),
        visit.headers["Origin"] or None,
        visit.host,
    )


def _finished(visit: Visit, reply: Reply) -> HTTPResponse:
    """The reply with the headers that every answer carries."""
    if visit.gave_visitor_id:
        reply.cookie(VISITOR_COOKIE, visit.visitor_id)
    body = reply.body.encode() if isinstance(reply.body, str) else reply.body
    response = HTTPResponse(body, reply.status)
    given = {name.lower() for name, _ in reply.headers}
    for name, value in headers_for(visit.path):
        if name.lower() not in given:
            response.set_header(name, value)
    if "content-type" not in given:
        response.set_header("Content-Type", "text/html; charset=utf-8")
    for name, value in reply.headers:
        response.add_header(name, value)
    return response


def _fault(web: Web, error: HTTPError) -> bytes:
    """What Bottle itself refuses: no such address, wrong method, or a fault of ours (logged with its trace)."""
    if error.exception is not None:
        log.error("a page failed: %s", request.environ.get("PATH_INFO"), exc_info=error.exception)
    visit = _visit(web)
    key = {404: "not_found", 405: "not_found", 400: "bad_request"}.get(error.status_code, "failed")
    with visit.closing:
        reply = visit.problem(error.status_code, visit.t(f"problem.{key}"), visit.t(f"problem.{key}_remedy"))
    for name, value in headers_for(visit.path):
        error.set_header(name, value)
    error.set_header("Content-Type", "text/html; charset=utf-8")
    return str(reply.body).encode()
