"""What a dialog asks of a party: digits, names, moments, a recording played; and what the timeline has of its keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np
import pytest

from drivers.clock import SampleLoop
from drivers.signals import g711
from firmware.hat import protocol as p
from firmware.supervisor.assistant.commands import menu
from firmware.supervisor.calls import playing
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.naming import hear_name
from firmware.supervisor.calls.party import Party
from firmware.supervisor.calls.talk import Person, Played
from firmware.supervisor.listening.ears import Ears
from firmware.supervisor.listening.names import UNKNOWN, Contact, Guesses
from tests.supervisor.calls.bank import Bank
from tests.supervisor.calls.conftest import Body

T = TypeVar("T")
OnLoop = Callable[[Body], None]
QUIET = np.zeros((4, p.BLOCK), np.int16)


class Caller:
    """Somebody on the line of a bank, and the keys that the timeline has of it."""

    def __init__(self, loop: SampleLoop) -> None:
        self.bank = Bank(loop)
        self.noted: list[str] = []
        self.leg = Leg(self.bank.ports["0"])
        call: Any = SimpleNamespace(
            clock=SimpleNamespace(at=lambda: loop.samples / p.RATE, now=lambda: datetime(2026, 3, 2, 14, 0)),
            note_at=lambda at_s, kind, key: self.noted.append(key),
        )
        nothing: Any = None
        self.party = Party(call, self.leg, nothing, nothing, Ears(loop), Person("en"))
        self.leg.hears_keys(self.party.keyed.pressed)

    def press(self, keys: str) -> None:
        for key in keys:
            self.leg.on_key(key)

    async def until(self, asked: Coroutine[Any, Any, T], *acts: tuple[float, str], says: Samples | None = None) -> T:
        """The answer; ``acts``: after so many seconds, keys. ``says``: what is said on the line from the start."""
        asking, at_s, said = asyncio.ensure_future(asked), 0.0, []
        waiting = list(acts)
        for block in range(3000):
            if asking.done():
                break
            while waiting and at_s >= waiting[0][0]:
                self.press(waiting.pop(0)[1])
            blocks = QUIET.copy()
            if says is not None:
                piece = says[block * p.BLOCK : (block + 1) * p.BLOCK]
                blocks[0, : len(piece)] = piece
            said.append(self.bank.beat(blocks)[0])
            at_s += p.BLOCK / p.RATE
            for _ in range(5):
                await asyncio.sleep(0)
        self.heard = np.concatenate(said) if said else np.zeros(0, np.int16)
        return await asking


Samples = np.ndarray


def played(body: Callable[[Caller], Coroutine[Any, Any, None]]) -> Body:
    async def run(loop: SampleLoop) -> None:
        await body(Caller(loop))

    return run


@pytest.mark.parametrize(
    ("pressed", "found", "noted"),
    [
        ("1234", "1234", "1234"),
        ("12#", "12", "12#"),
        ("1A2#", "12", "1A2#"),
        ("12*", "*", "12*"),
        ("", "", ""),
    ],
)
def test_digits_end_with_the_most_pound_star_or_silence(on_loop: OnLoop, pressed: str, found: str, noted: str) -> None:
    async def body(caller: Caller) -> None:
        assert await caller.until(caller.party.digits(4, 3.0), (0.5, pressed)) == found
        assert "".join(caller.noted) == noted

    on_loop(played(body))


def test_a_secret_is_in_no_timeline_however_early_it_is_typed_or_broken_off(on_loop: OnLoop) -> None:
    async def body(caller: Caller) -> None:
        caller.press("*12")  # ahead of the question; the star is for the menu before it
        assert (await caller.until(caller.party.listen(menu("caller"), 1.0))).act == "log in"
        assert await caller.until(caller.party.digits(6, 3.0, secret=True), (0.2, "34#")) == "1234"
        caller.press("56")  # typed for a question that was never asked
        caller.party.close()
        assert "".join(caller.noted) == "*\N{BULLET}\N{BULLET}\N{BULLET}\N{BULLET}#\N{BULLET}\N{BULLET}"

    on_loop(played(body))


def test_keys_that_something_else_took_do_not_make_a_secret_show(on_loop: OnLoop) -> None:
    async def body(caller: Caller) -> None:
        caller.press("7")
        caller.leg.keys.clear()  # as the end of a recording does
        assert await caller.until(caller.party.digits(2, 3.0, secret=True), (0.2, "19")) == "19"
        assert (await caller.until(caller.party.listen(menu("review"), 1.0), (0.1, "1"))).act == "play"
        assert "".join(caller.noted) == "\N{BULLET}\N{BULLET}\N{BULLET}1"

    on_loop(played(body))


@pytest.mark.parametrize(
    ("pressed", "moment"),
    [
        ("1430#", datetime(2026, 3, 2, 14, 30)),
        ("1400#", datetime(2026, 3, 3, 14, 0)),  # it is two o'clock: tomorrow's
        ("0005#", datetime(2026, 3, 3, 0, 5)),
        ("2400#", None),
        ("1260#", None),
        ("143#", None),
        ("*", None),
        ("", None),
    ],
)
def test_a_time_of_day_is_the_next_one(on_loop: OnLoop, pressed: str, moment: datetime | None) -> None:
    async def body(caller: Caller) -> None:
        assert await caller.until(caller.party.moment(3.0), (0.5, pressed)) == moment

    on_loop(played(body))


def levels(heard: Samples) -> list[int]:
    """The steps of a staircase, in the order in which they were heard."""
    steps = np.round(heard[p.BLOCK - 1 :: p.BLOCK] / 1000).astype(int)  # where one is faded out, a block ends silent
    steps = np.concatenate([[0], steps])
    return [int(step) for step, before in zip(steps[1:], steps[:-1], strict=True) if step != before and step]


@pytest.mark.parametrize(
    ("acts", "told", "steps"),
    [
        ((), Played(4.0), [1, 2, 3, 4]),
        (((1.5, "3"),), Played(4.0), [1, 2, 4]),  # 2 s ahead of 1.5 s is 3.5 s
        (((2.5, "1"),), Played(4.0), [1, 2, 3, 1, 2, 3, 4]),
        (((1.5, "1"),), Played(4.0), [1, 2, 1, 2, 3, 4]),  # before the beginning there is nothing
        (((1.5, "3"), (1.6, "3")), Played(4.0), [1, 2, 4]),  # nor behind the end
    ],
)
def test_keys_go_back_and_ahead_in_what_is_played(
    on_loop: OnLoop, acts: tuple[tuple[float, str], ...], told: Played, steps: list[int]
) -> None:
    async def body(caller: Caller) -> None:
        stairs = np.repeat(np.arange(1, 5, dtype=np.int16) * 1000, p.RATE)
        sound = playing.play(caller.leg, g711.quantise(stairs), {"1": -2.0, "3": 2.0}, caller.party.keyed.taken)
        assert await caller.until(sound, *acts) == told
        assert levels(caller.heard) == steps
        assert "".join(caller.noted) == "".join(key for _, key in acts)

    on_loop(played(body))


def test_another_key_stops_what_is_played_and_is_still_to_be_listened_for(on_loop: OnLoop) -> None:
    async def body(caller: Caller) -> None:
        sound = playing.play(caller.leg, np.full(p.RATE, 1000, np.int16), {"1": -5.0}, caller.party.keyed.taken)
        found = await caller.until(sound, (0.5, "7"))
        assert found.key == "7" and found.at_s == pytest.approx(0.5, abs=0.05)
        assert list(caller.leg.keys) == ["7"]

    on_loop(played(body))


class Listed:
    """In place of the names process: takes down what it is asked."""

    def __init__(self) -> None:
        self.people: Sequence[Contact] = ()
        self.sounds: list[Samples] = []

    async def use(self, people: Sequence[Contact]) -> None:
        self.people = people

    async def guess(self, sound: Samples) -> Guesses:
        self.sounds.append(sound)
        return Guesses(tuple(self.people[:1]), "accept")


def test_one_utterance_is_asked_about_and_a_key_or_silence_names_nobody(on_loop: OnLoop) -> None:
    paul = Contact(1, "Paul Roy")
    hum = (8000 * np.sin(2 * np.pi * 200 * np.arange(p.RATE) / p.RATE)).astype(np.int16)
    said = np.concatenate(
        [np.zeros(p.RATE, np.int16), hum * (np.sin(np.arange(p.RATE) / 300) > 0), np.zeros(8000, np.int16)]
    )

    async def body(caller: Caller) -> None:
        names: Any = Listed()
        assert await caller.until(hear_name(caller.leg, names, [paul], 4.0), says=said) == Guesses((paul,), "accept")
        assert len(names.sounds) == 1 and np.abs(names.sounds[0]).max() > 4000
        assert await caller.until(hear_name(caller.leg, names, [paul], 2.0)) == UNKNOWN
        assert await caller.until(hear_name(caller.leg, names, [paul], 4.0), (0.5, "1")) == UNKNOWN
        assert len(names.sounds) == 1

    on_loop(played(body))
