"""An error that nobody has thought of, in every wait of every kind of call: the call ends, and the box is as before.

The waits are not listed anywhere: each call is made once to see which it reaches, then again for each of them, with the
mistake in it (`mistaken.py`). People go on behaving as people do: they speak, wait, and put down.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from board.virtual.farcall import Behaviour, Call
from board.virtual.party import Party
from board.virtual.voices import from_text
from drivers.signals import tones
from drivers.signals.datatones import CNG
from drivers.signals.tonespec import parse
from firmware.supervisor.fax.library import fax_library
from firmware.supervisor.prompts import Prompts
from tests.supervisor.office import CLOCK, Office
from tools.scenario.ears import Heard, Search, template
from tools.scenario.stage import Stage

NUMBER = "+15145550123"


class MistakenStage(Stage):
    program = "tests.supervisor.switchboard.mistaken"


class Mistaken(Office):
    """An office whose box makes a mistake where the test says."""

    def __init__(self, folder: Path) -> None:
        settings = {"answering.rings": 1, "recording.min_speech_s": 0.5}
        self.stage = MistakenStage(folder, settings, clock=CLOCK, seed=5)
        self.board = self.stage.board
        self.placed: list[Call] = []
        self.board.exchange.on_call(self.placed.append)
        self.board.exchange.subscribers[NUMBER] = Behaviour(answer_after_s=1.0, on_call=says_hello)
        self.plan = -1
        self.next_mistake(-1)
        self.stage.start()
        self.run(1.0)

    def next_mistake(self, at: int) -> None:
        """In the next call: its wait number ``at``; -1: none."""
        self.plan += 1
        plan = self.stage.home / "mistake.json.new"
        plan.write_text(json.dumps({"plan": self.plan, "at": at}))
        plan.replace(self.stage.home / "mistake.json")

    def left(self) -> dict[str, Any]:
        """What the box tells of the last call."""
        told: dict[str, Any] = json.loads((self.stage.home / "left.json").read_text())
        assert told["plan"] == self.plan
        return told

    def until(self, condition: Callable[[], bool], seconds: float) -> None:
        """As people wait: until it is so, or they have had enough."""
        for _ in range(round(seconds * 10)):
            if condition():
                return
            self.run(0.1)


def says_hello(call: Call) -> None:
    call.party.say(from_text("hello this is marie speaking"))


def rings(office: Mistaken) -> Call:
    """Paul rings line A and skips the greeting."""
    paul = office.board.exchange.call("A", "+15145550188", "Paul Roy")
    office.until(lambda: paul.state == "connected", 8.0)
    paul.party.press("#")
    office.run(1.5)
    return paul


def speaks(office: Mistaken) -> Call:
    """Paul has said what he wanted to say."""
    paul = rings(office)
    paul.party.say(from_text("this is paul roy"))
    office.until(lambda: paul.party.silent, 2.0)
    return paul


def message(office: Mistaken) -> None:
    """A caller leaves a message, and waits for the goodbye."""
    paul = speaks(office)
    paul.party.press("#0")
    office.until(lambda: paul.state == "cleared", 20.0)
    paul.hang_up()


def message_kept(office: Mistaken) -> Call:
    """A caller leaves a message, and says nothing more."""
    paul = speaks(office)
    paul.party.press("#")
    office.until(lambda: paul.state == "cleared", 20.0)
    return paul


def message_heard(office: Mistaken) -> None:
    """A caller leaves a message, hears it, and hangs up."""
    paul = speaks(office)
    paul.party.press("#1")
    office.run(5.0)
    paul.hang_up()


def message_again(office: Mistaken) -> None:
    """A caller leaves a message, records it again, and hangs up."""
    paul = rings(office)
    for keys in ("#2", ""):
        paul.party.say(from_text("this is paul roy"))
        office.until(lambda: paul.party.silent, 2.0)
        paul.party.press(keys)
        office.run(1.5)
    paul.hang_up()


def taken_over(office: Mistaken) -> None:
    """A handset is lifted while the message is left."""
    paul = rings(office)
    office.board.handsets["C"].lift()
    office.run(1.5)
    paul.hang_up()
    office.run(1.0)
    office.board.handsets["C"].put_down()


def fax(office: Mistaken) -> None:
    """A fax machine calls, and gives up."""
    machine = rings(office)
    machine.party.say(tones.ToneSource(parse(CNG)).read(4 * 8000))
    office.run(4.0)
    machine.hang_up()


def inside(office: Mistaken) -> None:
    """Handset C calls handset D."""
    anna, marie = office.board.handsets["C"], office.board.handsets["D"]
    anna.lift()
    office.run(1.0)
    anna.dial("22")
    office.until(lambda: marie.ringing, 4.0)
    marie.lift()
    office.run(1.0)
    marie.put_down()
    office.run(2.0)
    anna.put_down()


def outside(office: Mistaken) -> None:
    """Handset C calls somebody outside."""
    office.board.handsets["C"].lift()
    office.run(1.0)
    office.board.handsets["C"].dial("9" + NUMBER[2:])
    talks_and_puts_down(office)


def from_the_page(office: Mistaken) -> None:
    """The page rings handset C and dials."""
    office.ask("calls.dial", handset="C", number=NUMBER)
    office.until(lambda: office.board.handsets["C"].ringing, 2.0)
    office.board.handsets["C"].lift()
    talks_and_puts_down(office)


def emergency(office: Mistaken) -> None:
    """Handset C calls for help, and reaches it whatever goes wrong; handset D is told."""
    office.board.handsets["C"].lift()
    office.run(1.0)
    office.board.handsets["C"].dial("911")
    talks_and_puts_down(office)
    marie = office.board.handsets["D"]
    for _ in range(2):  # once more for a call that was placed once more
        office.until(lambda: marie.ringing, 3.0)
        if marie.ringing:
            marie.lift()
            office.run(2.0)
            marie.put_down()
    assert {call.number for call in office.placed if call.emergency} == {"911"}


def talks_and_puts_down(office: Mistaken) -> None:
    office.until(lambda: any(call.state == "connected" for call in office.placed), 9.0)
    office.run(3.0)
    office.board.handsets["C"].put_down()


KINDS = (message, message_heard, message_again, taken_over, fax, inside, outside, from_the_page, emergency)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Mistaken]:
    made = Mistaken(tmp_path)
    yield made
    made.stage.close()


@pytest.mark.timeout(600)  # some twenty calls each
@pytest.mark.parametrize("kind", KINDS)
def test_a_mistake_anywhere_in_a_call_ends_it_and_nothing_else(
    office: Mistaken, kind: Callable[[Mistaken], None]
) -> None:
    if kind is fax and not fax_library():
        pytest.skip("libspandsp is not on this machine (make setup says why)")
    well = made(office, kind, -1)
    good = [row["outcome"] for row in office.rows("calls")]
    for at in worth_a_mistake(well["reached"]):
        assert made(office, kind, at)["raised"], well["reached"][at]
    rows = len(office.rows("calls"))
    made(office, kind, -1)
    assert [row["outcome"] for row in office.rows("calls")[rows:]] == good, "the next call is as the first was"


def worth_a_mistake(reached: list[str]) -> list[int]:
    """Every wait; of one that comes again and again (a digit, a line of the log) the first and the last time."""
    return [at for at, where in enumerate(reached) if where not in reached[:at] or where not in reached[at + 1 :]]


def made(office: Mistaken, kind: Callable[[Mistaken], object], at: int) -> dict[str, Any]:
    """One call with a mistake at that wait; what it reached. Nothing may be left of it a few seconds later."""
    office.next_mistake(at)
    office.placed.clear()
    office.run(0.2)
    kind(office)
    office.run(3.0)
    told = office.left()
    where = told["reached"][at] if told["raised"] else "no mistake"
    assert told["ports"] == {}, where
    assert told["tasks"] == [], where
    status = office.ask("status.get")["result"]
    assert status["calls"] == [], where
    assert {port["state"] for port in status["lines"] + status["handsets"]} == {"idle"}, where
    assert "going on" not in [row["outcome"] for row in office.rows("calls")], where
    assert list((office.stage.home / "recordings").rglob("*.part")) == [], where
    return told


def test_whoever_listens_is_told_of_a_mistake(office: Mistaken) -> None:
    """A caller who has left his message, which is kept; a person at a handset who hears another one ring."""
    office.next_mistake(at_wait("until < Party.listen < MessageDialog._review", made(office, message_kept, -1)))
    office.run(0.2)
    paul = message_kept(office)
    assert heard(office, paul.party, "caller.mistake")
    office.run(1.0)
    (*_, row) = office.rows("calls")
    assert (row["outcome"], row["why"]) == ("failed", "internal error")
    assert [left["call"] for left in office.rows("messages")] == [1, row["id"]]
    office.next_mistake(at_wait("until < _ring", made(office, inside, -1)))
    office.run(0.2)  # the plan is looked at each tenth of a second: no wait of the call may come before
    anna = office.board.handsets["C"]
    anna.lift()
    office.run(1.0)
    anna.dial("22")
    office.run(12.0)
    assert heard(office, anna.party, "handset.mistake")


def at_wait(what: str, told: dict[str, Any]) -> int:
    """Which wait of a call that was made this is."""
    return next(at for at, where in enumerate(told["reached"]) if where.startswith(what))


def heard(office: Mistaken, party: Party, prompt: str) -> bool:
    """Whether a party has heard a prompt of the box, by its waveform."""
    prompts = Prompts("en", office.stage.home / "prompts", "CA", {"office": ""})
    ear = Heard()
    ear.put(0, np.array(party.heard))
    ear.advance(len(party.heard) + 8000)
    return Search(ear, template(prompt, prompts.say(prompts.text(prompt))), 0).poll(last=True) is not None
