"""The box dials: dial tone, digits by tone and by pulses, and everything that can answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board.virtual.farcall import Behaviour
from board.virtual.numbering import Plan
from drivers.signals.countries import country
from drivers.signals.tones import dtmf
from firmware.hat import protocol as p

LINE_A = 0
PAUL = "+15145550188"


def seize(host: Any) -> list[Any]:
    """Takes line A and waits for dial tone; the list of calls that come of it."""
    calls: list[Any] = []
    host.board.exchange.on_call(calls.append)
    assert host.command(p.OP_OFFHOOK, LINE_A) == p.OK
    host.run(1.0)
    return calls


def dial(host: Any, digits: str) -> None:
    host.play(LINE_A, dtmf(digits, 80, 80).read(len(digits) * 1280))


def test_dial_tone_stops_at_the_first_digit(host: Any, kit: Any) -> None:
    seize(host)
    assert kit.level(host.last(LINE_A, 0.5), 440) == pytest.approx(-15.0, abs=0.7)  # 2 dB of line
    assert kit.level(host.last(LINE_A, 0.5), 350) == pytest.approx(-16.0, abs=0.7)  # near the band's edge
    dial(host, "5")
    host.run(1.0)
    assert kit.level(host.last(LINE_A, 0.3), 440) < -50.0


@pytest.mark.parametrize("digits", ["5145550188", "15145550188", "01115145550188#"])
def test_a_number_in_any_form_rings_and_is_answered(host: Any, kit: Any, digits: str) -> None:
    host.board.exchange.subscribers[PAUL] = Behaviour(answer_after_s=2.5)
    calls = seize(host)
    dial(host, digits)
    host.until(lambda: calls, 10.0)
    (call,) = calls
    assert call.subscriber == PAUL and call.state == "ringing"
    host.run(1.5)
    assert kit.level(host.last(LINE_A, 1.0), 480) == pytest.approx(-21.0, abs=1.0)
    host.until(lambda: call.state == "connected", 2.0)
    assert call.connected_at - call.began == pytest.approx(2.5 * p.RATE, abs=320)
    call.party.say(kit.tone(900, 1.0))
    host.play(LINE_A, kit.tone(1500, 1.0))
    host.run(0.9)
    assert kit.level(host.last(LINE_A, 0.5), 900) > -13.0
    assert kit.level(call.party.heard[-4000:], 1500) > -13.0


def test_pulses_dial_too(host: Any) -> None:
    host.board.exchange.subscribers["203"] = Behaviour()
    calls = seize(host)
    assert host.command(p.OP_PULSE, LINE_A, b"203") == p.OK
    host.until(lambda: calls, 12.0)
    assert calls[0].number == "203"


@pytest.mark.parametrize(
    ("behaviour", "hz"), [(Behaviour(busy=True), 480), (Behaviour(reorder=True), 620), (Behaviour(no_such=True), 950)]
)
def test_busy_reorder_and_no_such_number(host: Any, kit: Any, behaviour: Behaviour, hz: int) -> None:
    host.board.exchange.subscribers[PAUL] = behaviour
    calls = seize(host)
    dial(host, "5145550188")
    host.run(3.4)
    assert max(kit.level(host.last(LINE_A, 2.0)[at : at + 800], hz) for at in range(0, 15200, 400)) > -28.0
    assert not calls


def test_busy_tone_has_the_cadence_of_the_country(host: Any, kit: Any) -> None:
    host.board.exchange.subscribers[PAUL] = Behaviour(busy=True)
    seize(host)
    dial(host, "5145550188")
    host.run(6.0)
    tail = host.last(LINE_A, 3.0)
    on = [np.abs(tail[at : at + 160]).max() > 500 for at in range(0, tail.size, 160)]
    turns = [at for at in range(1, len(on)) if on[at] != on[at - 1]]
    assert set(np.diff(turns)) <= {24, 25, 26} and len(turns) >= 5  # blocks of half a second


def test_nobody_answers(host: Any) -> None:
    host.board.exchange.subscribers[PAUL] = Behaviour(answer_after_s=None)
    calls = seize(host)
    dial(host, "5145550188")
    host.run(30.0)
    assert calls[0].state == "ringing"
    host.command(p.OP_ONHOOK, LINE_A)
    host.run(0.6)
    assert calls[0].state == "cleared" and calls[0].why == "box"


def test_the_party_may_answer_when_it_likes_and_hang_up(host: Any) -> None:
    host.board.exchange.subscribers[PAUL] = Behaviour(answer_after_s=None)
    calls = seize(host)
    dial(host, "5145550188")
    host.until(lambda: calls)
    calls[0].answer()
    host.run(1.0)
    assert calls[0].state == "connected"
    calls[0].hang_up("loop drop")
    host.run(1.0)
    assert host.of("CPC")[0].args == (600,)


def test_answer_told_by_reversal(host: Any) -> None:
    host.board.exchange.subscribers[PAUL] = Behaviour(answer_after_s=1.0, reversal=True)
    calls = seize(host)
    dial(host, "5145550188")
    host.until(lambda: calls and calls[0].state == "connected")
    host.run(0.2)
    assert [event.args for event in host.of("POLREV")] == [(1,)]


def test_emergency_is_answered_by_the_operator_at_once(host: Any) -> None:
    calls = seize(host)
    dial(host, "911")
    host.until(lambda: calls, 1.5)
    assert calls[0].emergency and calls[0].number == "911"
    host.until(lambda: calls[0].state == "connected", 3.0)


def test_an_emergency_number_that_others_begin_with_waits_for_more(kit: Any) -> None:
    host = kit.host("CL")
    host.board.exchange.subscribers["1313"] = Behaviour()
    calls = seize(host)
    dial(host, "1313")
    host.until(lambda: calls)
    assert not calls[0].emergency and calls[0].subscriber == "1313"


@pytest.mark.parametrize(("code", "presentation"), [("*67", "private"), ("*82", "allowed"), ("", "allowed")])
def test_a_code_before_the_number_withholds_ours(host: Any, code: str, presentation: str) -> None:
    host.board.exchange.subscribers[PAUL] = Behaviour()
    calls = seize(host)
    dial(host, code + "5145550188")
    host.until(lambda: calls)
    assert (calls[0].subscriber, calls[0].presentation) == (PAUL, presentation)


@pytest.mark.parametrize("digits", ["02133334444", "0212133334444", "33334444", "00215521" + "33334444"])
def test_a_brazilian_exchange_takes_a_carriers_code(digits: str) -> None:
    assert Plan(country("BR")).decide(digits, ["+552133334444"]).number == "+552133334444"


def test_the_exchange_waits_longer_for_the_rest_of_a_number_it_knows(host: Any) -> None:
    host.board.exchange.subscribers[PAUL] = Behaviour()
    calls = seize(host)
    dial(host, "514555")
    host.run(6.5)
    dial(host, "0188")
    host.until(lambda: calls, 3.0)
    assert calls[0].subscriber == PAUL


def test_nobody_dials(host: Any, kit: Any) -> None:
    seize(host)
    host.run(22.0)
    assert kit.level(host.last(LINE_A, 1.0), 620) > -34.0
    host.command(p.OP_ONHOOK, LINE_A)
    host.run(1.0)
    assert host.board.exchange.circuits["A"].state == "idle"


@pytest.mark.parametrize("code", ["CA", "GB", "FR", "DE"])
@settings(deadline=None)
@given(data=st.data())
def test_every_form_of_a_number_reaches_it_and_nothing_shorter_does(code: str, data: st.DataObject) -> None:
    row = country(code)
    plan = Plan(row)
    national = data.draw(st.from_regex(r"[2-9][2-9][0-9]{8}", fullmatch=True))
    number = f"+{row.dialling.country_code}{national}"
    form = data.draw(st.sampled_from(sorted(plan.forms(number))))
    decision = plan.decide(form, [number])
    assert decision.emergency or decision.number == number
    for length in range(1, len(form)):
        shorter = plan.decide(form[:length], [number])
        assert shorter.emergency or shorter.number is None or form[:length] in plan.forms(number)


def test_digits_sent_before_the_dial_tone_are_lost(host: Any, kit: Any) -> None:
    host.board.exchange.set_dial_tone(1500)
    host.board.exchange.subscribers[PAUL] = Behaviour(answer_after_s=2.5)
    calls = seize(host)
    assert kit.level(host.last(LINE_A, 0.3), 440) < -50.0
    dial(host, "514")
    host.run(1.5)
    assert kit.level(host.last(LINE_A, 0.3), 440) == pytest.approx(-15.0, abs=0.7)  # no digit has stopped it
    dial(host, "5145550188")
    host.until(lambda: calls, 10.0)
    assert calls[0].subscriber == PAUL


def test_a_router_port_takes_digits_without_a_dial_tone(host: Any, kit: Any) -> None:
    host.board.exchange.set_dial_tone(200, heard=False)
    host.board.exchange.subscribers[PAUL] = Behaviour(answer_after_s=2.5)
    calls = seize(host)
    assert kit.level(host.last(LINE_A, 0.3), 440) < -50.0
    dial(host, "5145550188")
    host.until(lambda: calls, 10.0)
    assert calls[0].subscriber == PAUL
