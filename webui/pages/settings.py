"""Settings: all that is set on the page, each with what it does, its default, who changed it when, and a way back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from firmware.control_client import Refused
from firmware.supervisor.settings.schema import SCHEMA, Setting, SettingsError, Value, setting
from firmware.supervisor.store import users
from webui.access import Site
from webui.addresses import with_query
from webui.formats import plain
from webui.reply import Reply, see_other
from webui.visit import Visit

site = Site()

LONGEST = 500  # of a value: a greeting


@dataclass(frozen=True)
class Row:
    """One setting as the page shows it; texts as a person types them.

    Attributes:
        changed_ms: when it was changed last; None: it is as it came.
        by: who changed it, in words.
    """

    declared: Setting
    value: str
    default: str
    changed_ms: int | None
    by: str


@site.get("/settings", access="admin")
def show(visit: Visit) -> str:
    return _page(visit)


@site.post("/settings", access="admin")
def change(visit: Visit) -> str | Reply:
    key = visit.form.text("key", 80)
    try:
        declared = setting(key)
        before = typed(declared, visit.ask("settings.get", key=key)["value"])
        visit.ask("settings.set", key=key, value=declared.typed(visit.form.text("value", LONGEST)))
    except SettingsError as error:
        return _refused(visit, key, str(error))
    except Refused as error:
        if error.code != "bad_request":
            raise
        return _refused(visit, key, str(error))
    undone = visit.form.given("undo")
    return see_other(with_query("/settings", changed="" if undone else key, before="" if undone else f"={before}"))


def typed(declared: Setting, value: Value) -> str:
    """A value as a person types it."""
    return json.dumps(value) if declared.kind == "flag" else f"{value:g}" if declared.kind == "number" else str(value)


def _refused(visit: Visit, key: str, why: str) -> str:
    visit.status = 400
    return _page(visit, key, why)


def _page(visit: Visit, wrong: str = "", why: str = "") -> str:
    search = visit.query.text("q", 80)
    groups: dict[str, list[Row]] = {}
    for row in _rows(visit):
        words = f"{row.declared.key} {visit.t('setting.' + row.declared.key)}"
        if search.casefold() in words.casefold():
            groups.setdefault(row.declared.shown, []).append(row)
    changed = visit.query.text("changed", 80)
    return visit.page(
        "settings",
        groups=groups,
        search=search,
        wrong=wrong,
        why=why,
        changed=changed if changed in SCHEMA else "",
        before=visit.query.text("before", LONGEST).removeprefix("="),
    )


def _rows(visit: Visit) -> Iterator[Row]:
    """Every setting of the page, with the value in force."""
    found = visit.db.execute("SELECT key, changed_ms, changed_by FROM settings")
    changes = {row["key"]: (row["changed_ms"], row["changed_by"]) for row in found}
    for known in visit.ask("settings.get"):
        declared = SCHEMA.get(str(known["key"]))
        if declared is None or declared.home != "page":
            continue
        changed_ms, by = changes.get(declared.key, (None, ""))
        value, default = typed(declared, known["value"]), typed(declared, declared.default)
        yield Row(declared, value, default, changed_ms, _who(visit, by))


def _who(visit: Visit, by: str) -> str:
    kind, _, which = by.partition(":")
    user = users.by_id(visit.db, int(which)) if kind == "user" and which.isdigit() else None
    return plain(user.name, 60) if user else visit.t.either(f"setting_by.{by}", plain(by, 40))
