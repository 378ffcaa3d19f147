"""Pure logic of the firmware: tasks, debounce, hook. More of the hook stands in ``interpreter/hook_cases.py``."""

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


@given(st.lists(st.tuples(st.booleans(), st.integers(4, 1500)), max_size=25))
def test_off_and_on_alternate_whatever_the_contact_does(modules_segments: list[tuple[bool, int]]) -> None:
    from tests.hat.conftest import FAKES, FIRMWARE

    modules = Modules(FIRMWARE / "hat", FAKES)
    hook: Any = modules.load("hat.hook")
    states = [what for what, _ in train(modules, modules_segments) if what in (hook.OFF, hook.ON)]
    assert all(a != b for a, b in itertools.pairwise(states))
    assert not states or states[0] == hook.OFF
