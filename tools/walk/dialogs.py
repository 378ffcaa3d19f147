"""The dialogs of today, each with the menus that it asks and the prompts that are its own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from firmware.supervisor.assistant.caller.greeting import CallerDialog, Situation
from firmware.supervisor.assistant.caller.message import Limits, MessageDialog
from firmware.supervisor.assistant.caller.screening import Screening
from firmware.supervisor.assistant.in_call import InCall
from firmware.supervisor.assistant.office import Announcement
from firmware.supervisor.assistant.receptionist import Desk, Receptionist
from firmware.supervisor.calls.talk import SILENCE
from firmware.supervisor.rules.find_me import Step
from firmware.supervisor.rules.tree import tree
from tools.walk.explore import Dialog
from tools.walk.twin import ScriptedOffice, ScriptedTake, ScriptedTalk

LIMITS: Final = Limits(least_speech_s=1.0, silence_s=5.0, longest_s=60.0)


@dataclass(frozen=True)
class Walked:
    """``menus``: contexts of the command table; ``prompts``: those that must be said somewhere.

    ``planned``: acts of these menus that the dialog does not offer yet.
    """

    dialog: Dialog
    menus: Collection[str]
    prompts: Collection[str]
    planned: Collection[str] = ()


async def _message(talk: ScriptedTalk) -> object:
    return await MessageDialog(talk, LIMITS).run()


CALLERS_AND_TELEPHONES: Final = (
    "house, name, important",
    "outside, number, important",
    "screener, nobody, important",
    "outside, name, ordinary",
    "house, number, ordinary",
    "house, nobody, ordinary",
)


def _caller(name: str, number: str) -> Announcement:
    clip = ScriptedTake(ScriptedTalk(()), SILENCE, 2.0)
    return Announcement(name, number, important=True, clips=(clip,))


async def _screened(talk: ScriptedTalk) -> object:
    """A call is announced, in the house or outside, of a caller of whom more or less is known."""
    where, known, important = talk.answer("rings", "a telephone", CALLERS_AND_TELEPHONES).split(", ")
    who, number = {"name": ("Paul Roy", "+15145550188"), "number": ("", "+15145550188")}.get(known, ("", ""))
    announce = replace(_caller(who, number), important=important == "important")
    screening = Screening(talk, announce, inside=where == "house")
    screening.patient = where == "screener"
    return await screening.run()


async def _with_the_assistant(talk: ScriptedTalk) -> object:
    """A caller who may, or may not, say that it is important."""
    found = talk.answer(
        "caller", "the office", ("a client", "a stranger", "who may wait", "who may not disturb", "who is asked first")
    )
    office = ScriptedOffice(talk)
    inside, all_ = Step(("C",), (), 20.0), Step(("C",), ("+15145550177",), 20.0)
    situations = {
        "a client": Situation(Announcement("Paul Roy", "+15145550188"), steps=(all_,), status="meeting"),
        "a stranger": Situation(Announcement(), steps=(inside,), stranger=True, information=("We open at nine.",)),
        "who may wait": Situation(Announcement("", "+15145550188"), holds=(inside,), operator=(inside,)),
        "who may not disturb": Situation(Announcement()),
        "who is asked first": Situation(Announcement(), asks_first=(inside,), stranger=True),
    }
    situation = situations[found]
    ending = await CallerDialog(talk, office, situation).run()
    if office.waiting:
        raise AssertionError("somebody has taken the call and was not connected")
    return ending


async def _in_call(talk: ScriptedTalk) -> object:
    """Somebody who talks asks for the assistant, or is back there because what he wished could not be done."""
    first = talk.answer("begins", "with", ("in_call.menu", "in_call.busy", "in_call.nobody"))
    return await InCall(talk).run(first)


def _menu_node(*options: tuple[str, str, str]) -> dict[str, object]:
    named = [{"key": key, "word": word, "to": to} for key, word, to in options]
    return {"kind": "menu", "text": {"en": "Roy and Martin."}, "options": named}


TREE: Final = tree(
    {
        "entry": "main",
        "nodes": {
            "main": _menu_node(
                ("1", "sales", "sales"), ("2", "support", "support"), ("3", "", "people"), ("4", "", "told")
            ),
            "sales": {"kind": "group", "handsets": ["C", "D"], "how": "longest idle"},
            "support": _menu_node(("1", "", "outside"), ("2", "", "main"), ("3", "", "hours")),
            "operator": {"kind": "message"},
            "people": {"kind": "people"},
            "luc": {"kind": "user", "name": "Luc Gagnon", "handset": "D"},
            "outside": {"kind": "outside", "number": "+15145550177"},
            "told": {"kind": "information", "text": {"en": "We are open."}, "then": "last"},
            "hours": {"kind": "information", "text": {"en": "From nine to five."}},
            "last": _menu_node(("1", "", "operator")),
        },
    }
)


async def _received(talk: ScriptedTalk) -> object:
    """A caller at the receptionist."""
    office = ScriptedOffice(talk)
    desk = Desk(TREE, "working", Announcement("Paul Roy"), {"1": "luc"}, sorted, lambda reason: None)
    ending = await Receptionist(talk, office, desk).run()
    if office.waiting:
        raise AssertionError("somebody has taken the call and was not connected")
    return ending


DIALOGS: Final = {
    "receptionist": Walked(
        _received,
        ("receptionist", "yes_no"),
        (
            "receptionist.words",
            "receptionist.who",
            "receptionist.is_it",
            "receptionist.nobody_of_that_name",
            "receptionist.one_moment",
            "receptionist.nobody",
            "caller.goodbye",
        ),
        planned=("assistant",),
    ),
    "in call": Walked(_in_call, ("in_call",), ("in_call.menu", "in_call.more", "in_call.held", "in_call.whom")),
    "caller": Walked(
        _with_the_assistant,
        ("caller", "yes_no"),
        (
            "caller.offer.important",
            "caller.important.calling",
            "caller.important.inside",
            "caller.important.nobody",
            "caller.important.message",
            "caller.reply.ten_minutes",
            "caller.blocked",
            "caller.not_understood",
            "caller.offer.message",
            "caller.offer.hold",
            "caller.offer.call_back",
            "caller.offer.information",
            "caller.status.meeting",
            "caller.information",
            "caller.operator.rings",
            "caller.operator.nobody",
            "caller.hold.begins",
            "caller.hold.still",
            "caller.call_back.known",
            "caller.call_back.number",
            "caller.call_back.no_number",
            "caller.call_back.when",
            "caller.call_back.noted",
            "caller.who.name",
            "caller.who.why",
            "caller.human",
            "caller.ringing",
            "caller.nobody",
        ),
        planned=("log in",),
    ),
    "screened": Walked(
        _screened,
        ("screened", "reply"),
        (
            "screened.call.name",
            "screened.call.number",
            "screened.call.nobody",
            "screened.important.name",
            "screened.important.number",
            "screened.important.nobody",
            "screened.number",
            "screened.offer",
            "screened.inside",
            "screened.replies",
        ),
    ),
    "message": Walked(
        _message,
        ("recording", "review"),
        (
            "caller.message.after_tone",
            "caller.message.review",
            "caller.message.playback",
            "caller.message.saved",
            "caller.message.full",
            "caller.message.too_short",
            "caller.message.deleted",
            "caller.message.not_saved",
            "caller.not_understood",
            "caller.goodbye",
        ),
    ),
}
