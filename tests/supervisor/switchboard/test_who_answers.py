"""Who answered a call that was dialled, on the whole box; and that nothing in a conversation is taken for a signal."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from board.virtual.farcall import Behaviour, Call
from board.virtual.voices import from_text
from drivers.signals import tones
from drivers.signals.countries import country
from drivers.signals.datatones import BELL103, CED, CNG
from drivers.signals.tonespec import parse
from tests.supervisor.office import Office

NUMBER = "+15145550123"
GREETING = (
    "you have reached the office of Tremblay and company we cannot take your call at the moment "
    "please leave your name and your number and we will call you back as soon as we can"
)

MESSAGE = (
    "hello Paul this is Marie Tremblay from the bank I call about the loan that you asked for please call me back "
    "tomorrow morning I shall be in the office from eight"
)


def sound(text: str, seconds: float) -> np.ndarray:
    return tones.ToneSource(parse(text)).read(round(seconds * 8000))


def dial(office: Office, *says: np.ndarray) -> Call:
    """Handset C dials a number that answers after 7 s of ringing and then sounds like this."""
    placed: list[Call] = []

    def set_up(call: Call) -> None:
        placed.append(call)
        for piece in says:
            call.party.say(piece)

    office.board.exchange.subscribers[NUMBER] = Behaviour(answer_after_s=7.0, on_call=set_up)
    office.board.handsets["C"].lift()
    office.run(1.0)
    office.board.handsets["C"].dial("9" + NUMBER[2:])
    for _ in range(30):
        office.run(1.0)
        if placed and placed[0].state == "connected":
            break
    assert placed[0].state == "connected"
    return placed[0]


def facts(office: Office) -> list[str]:
    """What the timeline says was heard, in order."""
    heard = [row for row in office.rows("call_events") if row["kind"] in ("tone", "answered")]
    return [json.loads(row["detail"] or "{}").get("tone", row["kind"]) for row in heard]


def row(office: Office) -> dict[str, Any]:
    (found,) = office.rows("calls")
    return found


def ended(office: Office) -> tuple[Any, ...]:
    """What the log bills once the handset is put down: answered_by, person_ms, talk_s, billable_s."""
    office.board.handsets["C"].put_down()
    office.run(3.0)
    found = row(office)
    assert found["outcome"] == "connected"
    return found["answered_by"], found["person_ms"], found["talk_s"], found["billable_s"]


def test_an_answering_machine_and_its_beep_are_in_the_log(office: Office) -> None:
    pause = np.zeros(4000, np.int16)
    dial(office, pause, from_text(GREETING), pause, sound("1400@-13", 0.6))
    office.run(16.0)
    assert facts(office) == ["ringing", "answered", "machine", "beep"]
    assert row(office)["answered_how"] == "estimated"
    assert ended(office) == ("voicemail", None, 0.0, 0)


@pytest.mark.parametrize(("whistle", "who"), [(CED, "fax"), (BELL103, "modem")])
def test_a_machine_that_whistles_is_in_the_log(office: Office, whistle: str, who: str) -> None:
    dial(office, np.zeros(8000, np.int16), sound(whistle, 3.0))
    office.run(8.0)
    assert facts(office) == ["ringing", "answered", who]
    assert row(office)["answered_how"] == "estimated"
    assert ended(office) == ("fax", None, 0.0, 0)


def say(office: Office, call: Call, theirs: str, ours: str = "") -> None:
    """One side says something, then the other, if it does; a moment after it has fallen silent."""
    for party, text in ((office.board.handsets["C"].party, ours), (call.party, theirs)):
        if text:
            party.say(from_text(text))
            office.run(1.0)
            while not party.silent:
                office.run(0.5)


def test_a_voicemail_that_never_beeps_is_no_person_for_the_bill(office: Office) -> None:
    call = dial(office, np.zeros(4000, np.int16), from_text("this is Paul, leave a message"))
    office.run(5.0)
    say(office, call, "", MESSAGE)
    office.run(6.0)
    assert facts(office) == ["ringing", "answered", "person", "unattended"]
    assert ended(office) == ("voicemail", None, 0.0, 0)


def test_a_person_who_answers_with_a_long_sentence_is_no_machine_for_the_bill(office: Office) -> None:
    call = dial(office, np.zeros(4000, np.int16), from_text(GREETING))
    office.run(12.0)
    for ours, theirs in (
        ("is Marie there", "no she is not"),
        ("and Paul", "yes he is"),
        ("thank you", "here he is now"),
    ):
        say(office, call, theirs, ours)
    office.run(2.0)
    assert facts(office) == ["ringing", "answered", "machine", "person"]
    answered_by, person_ms, talk_s, billable_s = ended(office)
    assert (answered_by, billable_s) == ("person", math.ceil(talk_s))
    assert person_ms == pytest.approx(1000 * row(office)["ring_s"], abs=600)


def test_behind_a_screener_the_talk_begins_with_the_person(office: Office) -> None:
    ask = "the person you are calling wishes to know who calls please say your name and what your call is about"
    call = dial(office, np.zeros(4000, np.int16), from_text(ask))
    office.run(7.0)
    say(office, call, "thank you please hold the line", "this is Marie Tremblay")
    office.run(5.0)
    came_s = row(office)["ring_s"] + 12.0
    for ours, theirs in (("", "hello Marie"), ("hello Paul how are you", "very well thank you")):
        say(office, call, theirs, ours)
    office.run(4.0)
    assert facts(office) == ["ringing", "answered", "person", "screener", "connected"]
    answered_by, person_ms, talk_s, billable_s = ended(office)
    assert (answered_by, billable_s) == ("screener", math.ceil(talk_s))
    assert person_ms > 1000 * came_s
    assert 5.0 < talk_s < 12.0


def test_a_call_on_which_nobody_ever_spoke_has_no_talk_that_is_known(office: Office) -> None:
    dial(office)
    office.run(14.0)
    assert facts(office) == ["ringing", "answered", "silence"]
    assert ended(office) == ("unknown", None, None, None)


def test_nothing_in_a_conversation_that_was_dialled_is_a_signal(office: Office) -> None:
    """Once it is known who answered, tones of the far end are the talk's own: they end nothing and are not logged."""
    call = dial(office, from_text("hello, Marie speaking"))
    office.run(6.0)
    known = facts(office)
    assert known == ["ringing", "answered", "person"]
    for text in (country("CA").tones["busy"], parse(CED), parse(CNG), country("CA").tones["sit"]):
        call.party.say(tones.ToneSource(text).read(5 * 8000))
    office.board.handsets["C"].party.say(sound(CNG, 8.0))
    office.run(22.0)
    assert facts(office) == known
    assert call.state == "connected"
    assert row(office)["outcome"] == "going on"


def test_nothing_in_a_conversation_that_came_in_is_a_signal(office: Office) -> None:
    """A caller whom a handset has taken plays busy tone, a fax's call and its answer: the talk goes on."""
    call = office.board.exchange.call("A", NUMBER, "Paul Roy")
    office.run(3.5)
    office.board.handsets["C"].lift()
    office.run(1.0)
    assert call.state == "connected"
    office.ask("status.get")  # its answer comes from the writer: what was noted before is on the disk
    before = len(office.rows("call_events"))
    for text in (country("CA").tones["busy"], parse(CNG), parse(CED), country("CA").tones["dial"]):
        call.party.say(tones.ToneSource(text).read(5 * 8000))
    office.run(22.0)
    assert call.state == "connected"
    assert len(office.rows("call_events")) == before
    assert row(office)["outcome"] == "going on"
