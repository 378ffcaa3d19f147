"""The line as a meter sees it, and what the HAT tells of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board.virtual.hookwatch import DIGIT, FLASH, OFF, ON, HookWatch
from board.virtual.loop import Electrical, Loop
from firmware.hat import protocol as p

LINE_A = 0


def test_idle_and_off_hook(host: Any) -> None:
    loop = host.board.lines["A"].loop
    assert loop.now.volts == 48.0 and loop.now.ma < 0.01 and not loop.now.closed
    host.command(p.OP_OFFHOOK, LINE_A)
    host.run(0.1)
    assert 7.0 < loop.now.volts < 12.0 and 20.0 < loop.now.ma < 40.0 and loop.now.closed


def test_a_parallel_telephone_is_line_in_use(host: Any, kit: Any) -> None:
    telephone = host.board.parallel_telephone("A")
    telephone.lift()
    host.run(0.3)
    (used,) = host.of("LINE_IN_USE")
    assert used.port == LINE_A and host.board.lines["A"].loop.now.volts < 20
    telephone.dial("5")
    host.run(1.0)
    telephone.put_down()
    host.run(0.5)
    assert [event.name for event in host.events if event.port == LINE_A] == ["LINE_IN_USE", "LINE_FREE"]


def test_two_off_hook_share_the_current(host: Any) -> None:
    loop = host.board.lines["A"].loop
    host.command(p.OP_OFFHOOK, LINE_A)
    host.run(0.1)
    alone = loop.now.volts
    host.board.parallel_telephone("A").lift()
    host.run(0.2)
    assert loop.now.volts < alone - 1.0


def test_a_cut_line_is_told_after_a_second_and_when_it_is_back(host: Any) -> None:
    host.board.fault("cut", line="A")
    host.run(0.9)
    assert not host.of("BATT_LOST")
    host.run(0.3)
    (lost,) = host.of("BATT_LOST")
    host.board.fault("mend", line="A")
    host.run(0.3)
    (back,) = host.of("BATT_BACK")
    assert lost.port == back.port == LINE_A and back.at > lost.at


def test_a_cut_line_carries_no_sound(host: Any, kit: Any) -> None:
    call = host.board.exchange.call("A", "+15145550123")
    host.until(lambda: host.of("RING_START"))
    host.command(p.OP_OFFHOOK, LINE_A)
    host.run(0.5)
    host.board.fault("cut", line="A")
    call.party.say(kit.tone(900, 1.0))
    host.run(0.2)
    assert kit.level(host.last(LINE_A, 0.1), 900) < -50.0
    host.until(lambda: call.state == "cleared", 2.0)


@pytest.mark.parametrize(
    "wrong", [("cut", {"line": "Z"}), ("odd", {}), ("noise", {"value": 2.0}), ("pause", {"value": -1})]
)
def test_faults_that_are_none_are_refused(host: Any, wrong: tuple[str, dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match=r"line|fault|noise|pause"):
        host.board.fault(wrong[0], **wrong[1])


def test_changes_come_in_the_order_of_time_whoever_made_them_first() -> None:
    loop = Loop("A")
    loop.attach("fxo")
    loop.set_contact("fxo", 100, False)
    loop.set_contact("fxo", 40, True)
    loop.set_fed(60, False)
    loop.set_fed(90, True)
    loop.advance(0)
    assert [(change.sample, change.fed, change.closed) for change in loop.changes] == [
        (40, True, True), (60, False, True), (90, True, True), (100, True, False),
    ]  # fmt: skip


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 12000), st.booleans()), max_size=40), st.integers(0, 200), st.integers(200, 1000)
)
def test_hook_facts_alternate_whatever_the_contact_does(
    edges: list[tuple[int, bool]], flash_min: int, flash_max: int
) -> None:
    watch = HookWatch(64, flash_min, flash_max)
    at, facts = 0, []
    changes = []
    for gap, closed in edges:
        at += gap
        changes.append(Electrical(at, 48.0, 0.0, False, False, closed, True))
    for start in range(0, at + 16000, p.BLOCK):
        facts += watch.feed([one for one in changes if start <= one.sample < start + p.BLOCK], start + p.BLOCK)
    hooks = [fact.what for fact in facts if fact.what in (OFF, ON)]
    assert hooks == [OFF, ON] * (len(hooks) // 2) + [OFF] * (len(hooks) % 2)
    assert [fact.at for fact in facts if fact.what != "digit"] == sorted(
        fact.at for fact in facts if fact.what != "digit"
    )
    assert all(flash_min <= int(fact.value or 0) + 1 for fact in facts if fact.what == FLASH)


def test_breaks_shorter_than_the_countrys_cpc_are_not_told(host: Any) -> None:
    host.command(p.OP_OFFHOOK, LINE_A)
    host.run(1.0)
    loop, now = host.board.lines["A"].loop, host.board.now
    for at, ms in ((0, 60), (4000, 120)):
        loop.set_fed(now + at, False)
        loop.set_fed(now + at + ms * 8, True)
    host.run(1.0)
    assert [event.args for event in host.of("CPC")] == [(120,)]


def test_a_break_right_after_going_off_hook_is_no_loop_drop(host: Any) -> None:
    host.command(p.OP_OFFHOOK, LINE_A)
    loop, now = host.board.lines["A"].loop, host.board.now
    loop.set_fed(now + 1600, False)
    loop.set_fed(now + 3200, True)
    host.run(1.5)
    assert not host.of("CPC")


@pytest.mark.parametrize(("closed_ms", "facts"), [(40, []), (300, [OFF, ON])])
def test_a_short_closure_is_not_off_hook(closed_ms: int, facts: list[str]) -> None:
    assert watched([(100, True), (closed_ms, False)]) == facts


@pytest.mark.parametrize(("break_ms", "fact"), [(15, None), (60, DIGIT), (400, FLASH), (1200, ON)])
def test_a_break_is_told_by_its_length(break_ms: int, fact: str | None) -> None:
    expected = [OFF] + ([fact] if fact else []) + ([OFF] if fact == ON else [])
    assert watched([(100, True), (500, False), (break_ms, True)]) == expected


def watched(edges: list[tuple[int, bool]]) -> list[str]:
    """The facts of a hook that changes after so many ms each."""
    watch, at, facts = HookWatch(64, 200, 1000), 0, []
    changes = []
    for gap, closed in edges:
        at += gap * 8
        changes.append(Electrical(at, 48.0, 0.0, False, False, closed, True))
    for start in range(0, at + 16000, p.BLOCK):
        facts += watch.feed([one for one in changes if start <= one.sample < start + p.BLOCK], start + p.BLOCK)
    return [fact.what for fact in facts]


def test_a_caller_on_a_cut_line_finds_it_busy(host: Any) -> None:
    host.board.fault("cut", line="A")
    host.run(0.1)
    assert host.board.exchange.call("A", "+15145550123").why == "busy"
    assert host.board.exchange.call("B", "+15145550123").state == "ringing"
