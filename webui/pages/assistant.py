"""My assistant: where callers reach the office. Status, the week, rules, and a call tried out before it comes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from firmware.control_client import Refused
from firmware.supervisor.rules.callers import Caller
from firmware.supervisor.rules.decide import Office
from firmware.supervisor.rules.recurrence import EVERY
from firmware.supervisor.rules.schedule import DAYS, status_at
from firmware.supervisor.rules.statuses import AUTOMATIC, CLASSES, STATUSES
from firmware.supervisor.settings.answering import in_groups, office_of
from firmware.supervisor.store import rules
from firmware.supervisor.store.errors import NotFound
from webui import week_picture
from webui.access import Site
from webui.addresses import number_in, with_query
from webui.fields import Fields
from webui.formats import telephone
from webui.reply import Reply, see_other
from webui.rule_words import sentence
from webui.visit import Visit

site = Site()

KINDS = ("hours", "event", "policy", "block", "allow", "group", "line")


@site.get("/assistant", access="user")
def show(visit: Visit) -> str:
    return _page(visit)


@site.post("/assistant/status", access="user")
def set_status(visit: Visit) -> Reply:
    status = visit.form.choice("status", (AUTOMATIC, *STATUSES), AUTOMATIC)
    until = visit.form.text("until", 16) if status != AUTOMATIC else ""
    visit.ask("status.set", status=status, until=until)
    return see_other("/assistant")


@site.post("/assistant/rules", access="user")
def add(visit: Visit) -> str | Reply:
    try:
        visit.ask("rules.add", rule=_typed(visit.form))
    except Refused as error:
        if error.code != "bad_request":
            raise
        visit.status = 400
        return _page(visit, fault=str(error))
    return see_other("/assistant")


@site.post("/assistant/rules/<number:re:[0-9]+>/remove", access="user")
def remove(visit: Visit, number: str) -> Reply:
    rule = rules.kept(visit.db).get(number_in(number))
    visit.ask("rules.remove", id=number_in(number))
    back = visit.form.text("back", 600)
    return see_other(back or with_query("/assistant", removed=json.dumps(rule)))


@site.post("/assistant/rules/again", access="user")
def again(visit: Visit) -> Reply:
    """Takes a removal back."""
    try:
        rule = json.loads(visit.query.text("rule", 4096))
    except ValueError:
        raise NotFound("a rule that was removed") from None
    visit.ask("rules.add", rule=rule)
    return see_other("/assistant")


def _page(visit: Visit, fault: str = "") -> str:
    stored = visit.stored
    office = office_of(visit.db, stored)
    now = visit.now.replace(tzinfo=None)
    kept = rules.kept(visit.db)
    contacts = visit.db.execute(
        "SELECT id, name FROM contacts WHERE deleted_ms IS NULL AND (mailbox IS NULL OR mailbox = ?) "
        "ORDER BY name COLLATE NOCASE",
        (visit.me.mailbox,),
    )
    names = {row["id"]: row["name"] for row in contacts}
    removed = visit.query.text("removed", 4096)
    return visit.page(
        "assistant",
        status=status_at(now, office.schedule),
        chosen=stored.get("status", AUTOMATIC),
        until=stored.get("status_until", ""),
        statuses=STATUSES,
        automatic=AUTOMATIC,
        found=_found(visit),
        picture_of_week=week_picture.of_status(office, now, visit.t),
        rules=[(row, rule, sentence(rule, names, visit.t)) for row, rule in kept.items()],
        kinds=KINDS,
        days=DAYS,
        every=EVERY,
        lines=visit.lines,
        classes=(*CLASSES, *(rule["name"] for rule in kept.values() if rule.get("kind") == "group")),
        names=names,
        undo=with_query("/assistant/rules/again", rule=removed) if removed else "",
        fault=fault,
        tried=_tried(visit, office, now),
    )


def _found(visit: Visit) -> list[str]:
    """Where whoever is wanted is looked for, in sentences: the telephones that ring, the mobile, who may say so."""
    rings = [name for name in visit.handsets if visit.setting(f"handsets.{name}.rings")]
    quiet = [name for name in rings if visit.setting(f"handsets.{name}.do_not_disturb")]
    ringing = ", ".join(visit.handset(name) for name in rings if name not in quiet)
    known = str(visit.setting("reach.mobile"))
    mobile = telephone(None, known, visit.web.country)
    said = [visit.t("found.rings", who=ringing) if ringing else visit.t("found.none")]
    said += [visit.t("found.undisturbed", who=visit.handset(name)) for name in quiet]
    said.append(visit.t("found.important." + str(visit.setting("reach.important"))))
    if visit.setting("reach.important") != "nobody":
        order = str(visit.setting("reach.order")).replace(" ", "_")
        said.append(visit.t("found.mobile." + order, number=mobile) if known else visit.t("found.no_mobile"))
    return said


def _tried(visit: Visit, office: Office, now: datetime) -> dict[str, Any]:
    """The call that is tried out: what would become of it then, and in the week to come; None: none was asked for."""
    asked: dict[str, Any] = {
        "at": visit.query.text("at", 16) or now.isoformat(timespec="minutes"),
        "line": visit.query.choice("line", visit.lines, visit.lines[0]),
        "number": visit.query.text("number", 40),
        "withheld": visit.query.given("withheld"),
    }
    if not visit.query.given("at"):
        return {**asked, "outcome": None, "fault": ""}
    try:
        outcome = visit.ask("rules.test", **asked)
        who = outcome["caller"]
        caller = in_groups(Caller(who["number"], who["withheld"], contact=who["contact"]), who["id"], office)
        picture = week_picture.of_caller(office, asked["line"], caller, now, visit.t)
        return {**asked, "outcome": outcome, "picture": picture, "fault": ""}
    except Refused as error:
        return {**asked, "outcome": None, "fault": str(error)}


def _typed(form: Fields) -> dict[str, Any]:
    """The rule of the form that was sent. What is wrong in it the box says."""
    kind = form.choice("kind", KINDS)
    status = form.choice("status", STATUSES)
    match kind:
        case "hours":
            chosen = [day for day in DAYS if day in form.texts("days", 7)]
            times = {"begins": form.text("begins", 5), "ends": form.text("ends", 5)}
            return {"kind": kind, "status": status, "days": chosen, **times}
        case "event":
            event = {"name": form.text("name", 60), "status": status, "day": form.text("day", 10)}
            again = {"every": form.choice("every", EVERY, "once"), "by_weekday": form.given("by_weekday")}
            lasts = {"hours": 24 * form.whole("days", 1, 1, 366)}
            return {"kind": kind, **event, **again, **lasts}
        case "policy":
            return {"kind": kind, "status": status, "admits": form.texts("admits", 40, 60)}
        case "group":
            members = [int(one) for one in form.texts("contacts", 200, 18) if one.isdecimal()]
            return {"kind": kind, "name": form.text("name", 60), "contacts": members}
        case "line":
            return {"kind": kind, "line": form.text("line", 16)}
        case _:
            screen = {"number": "".join(form.text("number", 60).split()), "name": form.text("name", 60)}
            given = {name: value for name, value in screen.items() if value}
            flags = {"withheld": True} if form.given("withheld") else {}
            mark = {"mark": "spam"} if form.given("spam") else {}
            return {"kind": kind, **given, **flags, **mark}
