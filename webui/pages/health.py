"""Health: is it well, and if not, what to do."""

from __future__ import annotations

from typing import Any

from firmware.control_client import BoxStopped, Refused
from webui import caretaking
from webui.access import Site
from webui.backup_file import archive
from webui.health_words import told
from webui.live_state import live_state
from webui.pages.emergency import card_values
from webui.reply import Reply, see_other
from webui.visit import Visit

site = Site()

_WORST_FIRST = ("fault", "warn", "ok")


@site.get("/health", access="admin")
def show(visit: Visit) -> str:
    drilling = visit.query.choice("drill", visit.handsets)
    home = visit.web.box.home
    return visit.page(
        "health",
        disk=caretaking.disk(home),
        backups=caretaking.backups(home),
        since=caretaking.running_since(visit.now),
        restart=visit.query.choice("restart", ("now", "later")),
        drilling=drilling,
        **card_values(visit),
        **_found(visit),
    )


@site.get("/health/log", access="admin")
def log(visit: Visit) -> str:
    """The box's log, to read and to copy, without anybody's number."""
    return visit.page("log", lines=caretaking.log_lines(visit.web.box.home))


@site.get("/health/backup.tar", access="admin")
def backup(visit: Visit) -> Reply:
    """Everything the box keeps in one file; that it was taken is written down."""
    if not visit.may("backup.download", None):
        raise PermissionError(visit.path)
    visit.ask("audit.write", action="download backup", target="box")  # without that row nobody gets it
    name = f"frontdesk {visit.now:%Y-%m-%d %H.%M}.tar"
    return Reply(
        archive(visit.web.box, visit.web.state.folder),
        headers=[("Content-Type", "application/x-tar"), ("Content-Disposition", f'attachment; filename="{name}"')],
    )


@site.post("/health/restart", access="admin")
def restart(visit: Visit) -> Reply:
    """Restarts the box when no call is up."""
    try:
        visit.ask("box.restart")
    except Refused as refused:
        if refused.code != "conflict":
            raise
        return see_other("/health?restart=later")
    return see_other("/health?restart=now")


@site.get("/health/now", access="admin", quiet=True)
def now(visit: Visit) -> str:
    return visit.page("health_now", **_found(visit))


def _found(visit: Visit) -> dict[str, Any]:
    """The box's own checks, worst first; a stopped box is a fault of its own, found here."""
    try:
        found = visit.ask("health.get")
    except BoxStopped:
        stopped = {
            "name": "supervisor",
            "state": "fault",
            "text": visit.t("problem.stopped"),
            "remedy": visit.t("problem.stopped_remedy"),
        }
        found = {"checks": [stopped], "link": {}, "version": None}
    checks = [check for check in found.get("checks") or [] if isinstance(check, dict)]
    order = {state: place for place, state in enumerate(_WORST_FIRST)}
    checks.sort(key=lambda check: order.get(str(check.get("state")), 0))
    worst = str(checks[0].get("state")) if checks else "ok"
    link = found.get("link")
    return {
        "checks": [told(check, visit.t) for check in checks],
        "worst": worst if worst in _WORST_FIRST else "fault",
        "link": sorted(link.items()) if isinstance(link, dict) else [],
        "version": found.get("version"),
        "live": live_state(visit),
    }
