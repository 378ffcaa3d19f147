"""The generated walk finds what it is there for, and finds nothing in the dialogs of today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from firmware.supervisor.assistant.commands import menu, table
from firmware.supervisor.calls.talk import POUND, SILENCE, CalledOff, Contact, Ending, Gone, Talk
from tools.walk.__main__ import main, walked
from tools.walk.dialogs import DIALOGS
from tools.walk.explore import explore

REVIEW = menu("review")
RECORDING = menu("recording")


async def asks_once(talk: Talk) -> Ending:
    """Goes wherever it is sent; silence and wrong keys send."""
    choice = await talk.listen(REVIEW, 4.0)
    if choice.act == "play":
        await talk.say("caller.message.playback")
    return Ending("message", "box", POUND if choice.act == "send" else SILENCE)


async def traps(talk: Talk) -> None:
    """Who has once pressed 1 is asked for ever."""
    heard = False
    while True:
        choice = await talk.listen(REVIEW, 4.0)
        heard = heard or choice.act == "play"
        if choice.act == "send" and not heard:
            return


async def leaks(talk: Talk) -> None:
    """A caller who hangs up while he is asked leaves a recording that nobody has filed."""
    take = await talk.record(RECORDING, "send", 5.0, 60.0)
    if take.ended is None:
        await talk.listen(REVIEW, 4.0)
    await take.drop()


async def files_twice(talk: Talk) -> None:
    take = await talk.record(RECORDING, "send", 5.0, 60.0)
    await take.drop()
    if take.why == SILENCE:
        await take.leave()


async def fails(talk: Talk) -> None:
    choice = await talk.listen(REVIEW, 4.0)
    if choice.key == "7":
        raise KeyError("seven")


async def remembers_for_ever(talk: Talk) -> None:
    count = 0
    while (await talk.listen(REVIEW, 4.0)).key is not None:
        count += 1


@dataclass(frozen=True)
class Known:
    """What a dialog knows, and whom it tells."""

    name: str
    told: Callable[[str], None]


async def asks_twice(talk: Talk) -> Ending:
    for _ in range(2):
        await talk.listen(REVIEW, 4.0)
    return Ending("message", "box", SILENCE)


async def knows_whom_to_tell(talk: Talk) -> Ending:
    known = Known("Paul", lambda word: None)  # another one each time, at an address of its own
    ending = await asks_twice(talk)
    known.told(known.name)
    return ending


async def asks_everything(talk: Talk) -> str:
    """Each verb once; every answer of each is tried."""
    if not talk.person.inside and await talk.digits(4, 3.0, secret=True) == "*":
        await talk.say("caller.goodbye")
        return "given up"
    who = await talk.name([Contact(1, "Paul Roy"), Contact(2, "Marie")], 4.0)
    if who.band == "accept":
        await talk.say("caller.message.saved")
    at = await talk.moment(8.0)
    heard = await talk.play("2026-03/1-message.wav", {"1": -5.0})
    if at is not None and heard.key is not None and len(who.contacts) == 2:
        await talk.say("caller.message.full")
    return "done"


async def swallows_a_hang_up(talk: Talk) -> None:
    """Goes on after the party has left; it must end all the same, since every wait says it again."""
    for _ in range(3):
        try:
            await talk.say("caller.goodbye")
        except (Gone, CalledOff):
            continue


ALL = {"review": {"send", "play", "again", "cancel"}}


def test_a_dialog_that_ends_whatever_one_does_has_no_faults() -> None:
    walk = explore(asks_once, ALL, ["caller.message.playback"])
    assert walk.faults == []
    assert walk.states == 4  # asked, and playing: by a key, by a clear word, by an unclear one
    assert walk.answers > 13
    assert explore(swallows_a_hang_up, {}, ["caller.goodbye"]).faults == []


@pytest.mark.parametrize(
    ("dialog", "fault"),
    [
        (traps, "trap: listen review, after 1"),
        (leaks, "leak: nothing was done with a recording"),
        (files_twice, "leak: drop and leave was done with a recording, after silence"),
        (fails, "fault: KeyError: 'seven', after 7"),
        (remembers_for_ever, "no end: after 200 answers"),
    ],
)
def test_what_is_wrong_is_found(dialog: Any, fault: str) -> None:
    assert any(found.startswith(fault) for found in explore(dialog, {}, []).faults)


def test_what_nobody_can_reach_is_found() -> None:
    """An act that no key asks for, and a prompt that is never said."""
    walk = explore(asks_once, {"review": {*ALL["review"], "save"}}, ["caller.message.full"])
    assert walk.faults == ["unreached: save of review", "unreached: prompt caller.message.full"]


def test_a_function_that_a_dialog_knows_makes_no_state() -> None:
    assert explore(knows_whom_to_tell, {}, []).states == explore(asks_twice, {}, []).states


def test_each_verb_of_a_talk_is_walked_by_all_of_its_answers() -> None:
    prompts = ["caller.goodbye", "caller.message.saved", "caller.message.full"]
    assert explore(asks_everything, {}, prompts).faults == []
    for never in ("caller.message.review", "caller.not_understood"):
        assert explore(asks_everything, {}, [never]).faults == [f"unreached: prompt {never}"]


@pytest.mark.parametrize("name", sorted(DIALOGS))
def test_the_dialogs_of_today_have_no_trap_no_leak_and_nothing_unreached(name: str) -> None:
    walk = walked(DIALOGS[name])
    print(f"{name}: {walk.states} states, {walk.answers} edges")
    assert walk.faults == []
    assert walk.states > 50


def test_every_menu_that_a_dialog_asks_today_is_walked() -> None:
    built = {name for name, context in table().menus.items() if context.built}
    built.remove("dial_tone")  # codes, which the dial plan reads: nobody is asked there
    assert {name for dialog in DIALOGS.values() for name in dialog.menus} == built


def test_the_command_prints_states_and_edges(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    assert "message: " in capsys.readouterr().out
