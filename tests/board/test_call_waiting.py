"""A second caller on a line that talks: tone, alerting signal, caller ID in mid-call, and what a flash does."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.signals.callerid.receiver import CallerIdReceiver
from drivers.signals.tones import dtmf
from firmware.hat import protocol as p

LINE_A = 0


@pytest.fixture
def talk(host: Any) -> tuple[Any, Any]:
    """Line A talks to Paul, with call waiting."""
    host.board.exchange.set_call_waiting(True)
    call = host.board.exchange.call("A", "+15145550188")
    host.until(lambda: host.of("RING_START"))
    host.command(p.OP_OFFHOOK, LINE_A)
    host.run(1.0)
    return host, call


def flash(host: Any) -> None:
    host.command(p.OP_FLASH, LINE_A, host.board.country.hook.flash_send_ms)
    host.run(1.0)


def alerted(host: Any, kit: Any) -> None:
    """Waits for the end of the CAS."""
    sounding = [lambda: min(kit.level(host.last(LINE_A, 0.02), hz) for hz in (2130, 2750)) > -25.0]
    host.until(sounding[0], 3.0)
    host.until(lambda: not sounding[0](), 1.0)


def test_caller_id_comes_in_mid_call_when_asked_for(talk: tuple[Any, Any], kit: Any) -> None:
    host, _ = talk
    second = host.board.exchange.call("A", "+15145550199", "Anna Lee")
    assert second.state == "ringing"
    alerted(host, kit)
    host.play(LINE_A, dtmf("D", 60, 0).read(480))
    began = host.heard(LINE_A).size
    host.run(2.0)
    receiver, heard = CallerIdReceiver(["bell202"]), host.heard(LINE_A)[began:]
    callers = [one for at in range(0, heard.size, p.BLOCK) for one in receiver.feed(heard[at : at + p.BLOCK])]
    assert [(one.number, one.name) for one in callers] == [("5145550199", "Anna Lee")]


def test_without_acknowledgement_no_message_and_the_talk_goes_on(talk: tuple[Any, Any], kit: Any) -> None:
    host, paul = talk
    host.board.exchange.call("A", "+15145550199", "Anna Lee")
    alerted(host, kit)
    host.run(0.4)
    paul.party.say(kit.tone(700, 2.0))
    host.run(1.5)
    tail = host.last(LINE_A, 1.0)
    assert kit.level(tail, 700) > -13.0 and kit.level(tail, 1200) < -45.0


def test_the_far_party_is_muted_while_signals_are_sent(talk: tuple[Any, Any], kit: Any) -> None:
    host, paul = talk
    paul.party.say(kit.tone(700, 4.0))
    host.run(0.5)
    host.board.exchange.call("A", "+15145550199")
    alerted(host, kit)
    host.run(0.2)  # also while the telephone may answer the signal
    assert kit.level(host.last(LINE_A, 0.3), 700) < -40.0


def test_a_flash_takes_the_second_caller_and_another_swaps_back(talk: tuple[Any, Any], kit: Any) -> None:
    host, paul = talk
    second = host.board.exchange.call("A", "+15145550199")
    host.run(1.5)
    for party, other in ((second, paul), (paul, second), (second, paul)):
        flash(host)
        assert (paul.state, second.state) == ("connected", "connected")
        party.party.say(kit.tone(700, 1.0))
        other.party.say(kit.tone(1500, 1.0))
        host.run(0.9)
        assert kit.level(host.last(LINE_A, 0.4), 700) > -13.0 and kit.level(host.last(LINE_A, 0.4), 1500) < -45.0
        other.party.hush()
        host.run(0.5)


def test_hanging_up_rings_the_line_for_the_one_who_waits(talk: tuple[Any, Any]) -> None:
    host, paul = talk
    second = host.board.exchange.call("A", "+15145550199")
    host.run(1.5)
    host.forget()
    host.command(p.OP_ONHOOK, LINE_A)
    host.until(lambda: host.of("RING_START"), 4.0)
    assert paul.why == "box" and second.state == "ringing"
    host.command(p.OP_OFFHOOK, LINE_A)
    host.until(lambda: second.state == "connected", 1.0)


def test_a_waiting_caller_gives_up(talk: tuple[Any, Any]) -> None:
    host, paul = talk
    second = host.board.exchange.call("A", "+15145550199")
    host.run(1.5)
    second.hang_up()
    assert second.why == "caller gave up"
    host.run(1.0)
    assert paul.state == "connected" and host.board.exchange.calls == [paul]


def test_a_third_caller_finds_the_line_busy(talk: tuple[Any, Any]) -> None:
    host, _ = talk
    host.board.exchange.call("A", "+15145550199")
    assert host.board.exchange.call("A", "+15145550177").why == "busy"
