"""What the exchange can do beyond a plain call: hold, three parties, transfer, a call between our own lines."""

from __future__ import annotations

from typing import Any

import pytest

from board.virtual.farcall import Behaviour
from drivers.signals.tones import dtmf
from firmware.hat import protocol as p

LINE_A, LINE_B = 0, 1
PAUL, ANNA = "+15145550188", "+15145550199"


@pytest.fixture
def talk(host: Any) -> tuple[Any, Any, list[Any]]:
    """Line A talks to Paul, who rang; Anna can be dialled; the calls out."""
    exchange = host.board.exchange
    exchange.set_flash_service(True)
    exchange.subscribers[ANNA] = Behaviour(answer_after_s=2.0)
    out: list[Any] = []
    exchange.on_call(out.append)
    call = exchange.call("A", PAUL)
    host.until(lambda: host.of("RING_START"))
    host.command(p.OP_OFFHOOK, LINE_A)
    host.run(1.0)
    return host, call, out


def flash(host: Any) -> None:
    assert host.command(p.OP_FLASH, LINE_A, host.board.country.hook.flash_send_ms) == p.OK
    host.run(1.0)


def dial_anna(host: Any, out: list[Any]) -> Any:
    host.run(1.0)
    host.play(LINE_A, dtmf("5145550199", 80, 80).read(12800))
    host.until(lambda: out, 5.0)
    return out[0]


def heard(party: Any, seconds: float = 0.4) -> Any:
    return party.heard[-round(seconds * p.RATE) :]


def test_hold_and_back(talk: tuple[Any, Any, list[Any]], kit: Any) -> None:
    host, paul, out = talk
    flash(host)
    assert kit.level(host.last(LINE_A, 0.3), 440) > -20.0  # dial tone for a second call
    assert paul.state == "connected"
    flash(host)
    paul.party.say(kit.tone(900, 1.0))
    host.run(0.9)
    assert kit.level(host.last(LINE_A, 0.4), 900) > -13.0 and not out


def test_three_talk(talk: tuple[Any, Any, list[Any]], kit: Any) -> None:
    host, paul, out = talk
    flash(host)
    anna = dial_anna(host, out)
    host.until(lambda: anna.state == "connected", 4.0)
    flash(host)
    for party, hz in ((paul.party, 700), (anna.party, 1100)):
        party.say(kit.tone(hz, 1.0, -16.0))
    host.play(LINE_A, kit.tone(1900, 1.0, -16.0))
    host.run(0.9)
    for who, hearing in ((paul.party, (1100, 1900)), (anna.party, (700, 1900))):
        assert all(kit.level(heard(who), hz) > -20.0 for hz in hearing)
    assert all(kit.level(host.last(LINE_A, 0.4), hz) > -20.0 for hz in (700, 1100))
    anna.hang_up()
    host.run(0.5)
    assert paul.state == "connected" and not host.of("CPC")
    paul.party.say(kit.tone(700, 1.0))
    host.run(0.9)
    assert kit.level(host.last(LINE_A, 0.4), 700) > -13.0


@pytest.mark.parametrize("announced", [True, False])
def test_transfer(talk: tuple[Any, Any, list[Any]], kit: Any, announced: bool) -> None:
    host, paul, out = talk
    flash(host)
    anna = dial_anna(host, out)
    if announced:
        host.until(lambda: anna.state == "connected", 4.0)
    host.command(p.OP_ONHOOK, LINE_A)
    host.run(4.0)
    assert (paul.state, anna.state) == ("connected", "connected")
    assert host.board.exchange.circuits["A"].state == "idle"
    paul.party.say(kit.tone(900, 1.0))
    anna.party.say(kit.tone(1300, 1.0))
    host.run(0.9)
    assert kit.level(heard(anna.party), 900) > -12.0 and kit.level(heard(paul.party), 1300) > -12.0
    anna.hang_up()
    assert paul.state == "cleared" and host.board.exchange.calls == []


def test_a_held_caller_who_hangs_up_is_not_transferred_to(talk: tuple[Any, Any, list[Any]]) -> None:
    host, paul, out = talk
    flash(host)
    anna = dial_anna(host, out)
    host.until(lambda: anna.state == "connected", 4.0)
    paul.hang_up()
    host.run(0.5)
    assert paul.state == "cleared" and anna.state == "connected"
    host.command(p.OP_ONHOOK, LINE_A)
    host.until(lambda: anna.state == "cleared", 2.0)
    assert anna.why == "box"


def test_hanging_up_with_a_held_caller_and_no_second_one_ends_the_call(talk: tuple[Any, Any, list[Any]]) -> None:
    host, paul, _ = talk
    flash(host)
    host.command(p.OP_ONHOOK, LINE_A)
    host.until(lambda: paul.state == "cleared", 2.0)
    assert paul.why == "box"


def test_our_lines_can_call_each_other(host: Any, kit: Any) -> None:
    exchange = host.board.exchange
    exchange.own_numbers = {"A": "+15145550001", "B": "+15145550002"}
    host.command(p.OP_OFFHOOK, LINE_A)
    host.run(1.0)
    host.play(LINE_A, dtmf("5145550002", 80, 80).read(12800))
    host.until(lambda: host.of("RING_START"), 6.0)
    assert host.of("RING_START")[0].port == LINE_B
    host.command(p.OP_OFFHOOK, LINE_B)
    host.run(1.0)
    host.play(LINE_A, kit.tone(900, 1.0))
    host.play(LINE_B, kit.tone(1500, 1.0))
    host.run(0.9)
    assert kit.level(host.last(LINE_B, 0.4), 900) == pytest.approx(-14.0, abs=0.6)  # two lines of 2 dB
    assert kit.level(host.last(LINE_A, 0.4), 1500) == pytest.approx(-14.0, abs=0.6)
    host.command(p.OP_ONHOOK, LINE_B)
    host.run(1.5)
    assert host.of("CPC") and exchange.calls == []
