"""Pure logic of the firmware: tasks, debounce, hook."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from board.virtual.mcu.twin import Modules
from firmware.hat.settled import Settled
from firmware.hat.tasks import Tasks


def test_tasks_add_up_their_times() -> None:
    tasks = Tasks(lambda key, error: None)
    told: list[int] = []

    def cadence() -> Iterator[int]:
        while True:
            told.append(tasks.now)
            yield 30

    tasks.start("ring", cadence())
    for now in range(0, 130, 4):
        tasks.run(now)
    assert told == [0, 32, 60, 92, 120]  # never more than a slot late, never later and later


def test_a_task_that_raises_is_told_and_the_others_go_on() -> None:
    errors: list[tuple[object, str]] = []
    tasks = Tasks(lambda key, error: errors.append((key, str(error))))
    steps: list[int] = []

    def bad() -> Iterator[int]:
        yield 4
        raise ValueError("no")

    def good() -> Iterator[int]:
        for i in range(3):
            steps.append(i)
            yield 4

    tasks.start("bad", bad())
    tasks.start("good", good())
    for now in range(4, 24, 4):
        tasks.run(now)
    assert errors == [("bad", "no")] and steps == [0, 1, 2]
    assert not tasks.running("bad") and not tasks.running("good")


def test_a_task_started_again_closes_the_first() -> None:
    tasks = Tasks(lambda key, error: None)
    ended: list[str] = []

    def one(name: str) -> Iterator[int]:
        try:
            yield 100
        finally:
            ended.append(name)

    tasks.start("x", one("first"))
    tasks.start("x", one("second"))
    assert ended == ["first"]
    tasks.stop("x")
    assert ended == ["first", "second"]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40)), max_size=30))
def test_settled_changes_only_after_its_time(readings: list[tuple[bool, int]]) -> None:
    value = Settled(False)
    now = 0
    stood, seen = 0, False
    for reading, wait in readings:
        if reading != seen:
            seen, stood = reading, now
        value.see(reading, now)
        before = value.value
        changed = value.settle(now, 64)
        assert changed == (value.value != before)
        if changed:
            assert value.value == seen and now - stood >= 64
        now += wait


def train(
    modules: Modules, segments: list[tuple[bool, int]], flash: tuple[int, int] = (200, 1000)
) -> list[tuple[int, int]]:
    """What a hook watch tells of (closed, ms) segments looked at every 4 ms."""
    hook: Any = modules.load("hat.hook")
    facts: list[tuple[int, int]] = []
    watch = hook.HookWatch(lambda what, at, value: facts.append((what, value)))
    watch.set_flash(*flash)
    now = 0
    for closed, ms in segments:
        for _ in range(0, ms, 4):
            watch.see(closed, now)
            now += 4
    return facts


def test_every_rate_and_ratio_of_a_dial_is_read(modules: Modules) -> None:
    hook: Any = modules.load("hat.hook")
    for pps in (8, 10, 12):
        for percent in (40, 50, 60, 67):
            period = 1000 // pps
            open_ms = max(28, period * percent // 100)
            for digit in (1, 5, 10):
                pulses = [(False, open_ms), (True, period - open_ms)] * digit
                facts = train(modules, [(True, 500), *pulses, (True, 800)])
                assert facts == [(hook.OFF, 0), (hook.DIGIT, digit % 10)], (pps, percent, digit)


def test_bounce_flash_and_hanging_up_are_told_apart(modules: Modules) -> None:
    hook: Any = modules.load("hat.hook")
    bounce = [(True, 4), (False, 8), (True, 8), (False, 4)]
    facts = train(modules, [*bounce, (True, 300), (False, 500), (True, 400), (False, 16), (True, 200), (False, 1200)])
    assert [what for what, _ in facts] == [hook.OFF, hook.FLASH, hook.ON]
    assert abs(facts[1][1] - 500) <= 4


@given(st.lists(st.tuples(st.booleans(), st.integers(4, 1500)), max_size=25))
def test_off_and_on_alternate_whatever_the_contact_does(modules_segments: list[tuple[bool, int]]) -> None:
    from tests.hat.conftest import FAKES, FIRMWARE

    modules = Modules(FIRMWARE / "hat", FAKES)
    hook: Any = modules.load("hat.hook")
    states = [what for what, _ in train(modules, modules_segments) if what in (hook.OFF, hook.ON)]
    assert all(a != b for a, b in itertools.pairwise(states))
    assert not states or states[0] == hook.OFF
