"""Health: is it well, and if not, what to do."""

from __future__ import annotations

from typing import Any

from firmware.control_client import BoxStopped
from webui.access import Site
from webui.health_words import told
from webui.live_state import live_state
from webui.pages.emergency import card_values
from webui.visit import Visit

site = Site()

_WORST_FIRST = ("fault", "warn", "ok")


@site.get("/health", access="admin")
def show(visit: Visit) -> str:
    drilling = visit.query.choice("drill", visit.handsets)
    return visit.page("health", drilling=drilling, **card_values(visit), **_found(visit))


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
