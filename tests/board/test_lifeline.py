"""The safe state and the lifeline: what works when the Pi is gone."""

from __future__ import annotations

from typing import Any

import pytest

from board.virtual.farcall import Behaviour
from firmware.hat import protocol as p

LINE_A, LINE_B, C, D = 0, 1, 2, 3
PAUL = "+15145550188"


def gone(host: Any, seconds: float) -> None:
    """The Pi is dead: nothing more comes from it."""
    host.answering = host.acking = False
    host.run(seconds)


def relay(host: Any) -> bool:
    return bool(host.board.hat.lifeline.relay.pulled_in)


def bridged_call(host: Any, line: int = LINE_A, handset: int = C) -> Any:
    """An incoming call that a handset took on a direct bridge."""
    name = "ABCD"[line]
    call = host.board.exchange.call(name, "+15145550123")
    host.until(lambda: host.of("RING_START"))
    host.board.handsets["ABCD"[handset]].lift()
    host.run(0.3)
    host.command(p.OP_OFFHOOK, line)
    assert host.command(p.OP_BRIDGE, p.NO_PORT, line, handset) == p.OK
    host.until(lambda: call.state == "connected")
    return call


def test_before_the_pi_comes_handset_c_is_a_plain_telephone(kit: Any) -> None:
    host = kit.host(hello=False)
    assert not relay(host)
    handset = host.board.handsets["C"]
    call = host.board.exchange.call("A", "+15145550123")
    host.until(lambda: handset.ringing)
    handset.lift()
    host.until(lambda: call.state == "connected", 1.0)
    call.party.say(kit.tone(900, 1.0))
    handset.party.say(kit.tone(1400, 1.0))
    host.run(0.9)
    assert kit.level(handset.party.heard[-4000:], 900) == pytest.approx(-12.0, abs=0.6)
    assert kit.level(call.party.heard[-4000:], 1400) == pytest.approx(-12.0, abs=0.6)


def test_the_relay_is_pulled_in_when_the_pi_is_there_and_line_a_idle(kit: Any) -> None:
    host = kit.host(hello=False)
    handset = host.board.handsets["C"]
    handset.lift()
    host.run(0.5)
    host.hello()
    host.run(1.0)
    assert not relay(host)  # somebody telephones on the lifeline
    handset.put_down()
    host.run(1.5)
    assert relay(host)
    assert [event.args for event in host.of("RELAY")] == [(1,)]


def test_three_seconds_of_silence_stop_ringing_and_hang_up(host: Any) -> None:
    host.command(p.OP_OFFHOOK, LINE_B)
    host.command(p.OP_RING, D, 0)
    gone(host, 2.9)
    assert host.board.lines["B"].loop.now.closed and not host.of("SAFE")
    host.run(0.3)
    assert not host.board.lines["B"].loop.now.closed
    assert not host.board.lines["D"].loop.now.ring_on and not host.board.handsets["D"].ringing
    assert [event.args for event in host.of("SAFE")] == [(1,)]
    assert relay(host)


def test_the_lifeline_within_ten_seconds_of_the_pis_death(host: Any) -> None:
    host.board.exchange.subscribers[PAUL] = Behaviour(answer_after_s=1.0)
    calls: list[Any] = []
    host.board.exchange.on_call(calls.append)
    gone(host, 8.1)
    assert not relay(host)
    handset = host.board.handsets["C"]
    handset.lift()
    host.run(1.0)
    handset.dial("5145550188")
    host.until(lambda: calls and calls[0].state == "connected", 6.0)


def test_the_safe_state_ends_when_the_pi_is_back(host: Any) -> None:
    gone(host, 9.0)
    host.answering = host.acking = True
    host.session += 1
    host.hello()
    host.run(1.0)
    host.run(1.0)
    assert relay(host) and not host.status[-1][9] & p.STATUS_SAFE
    assert not host.ups[-1][2] & p.FLAG_MUTED


def test_a_talk_on_line_a_survives_and_moves_to_the_lifeline(host: Any, kit: Any) -> None:
    call = bridged_call(host)
    handset = host.board.handsets["C"]
    gone(host, 5.0)
    assert call.state == "connected" and host.status[-1][9] & p.STATUS_SAFE
    loop = host.board.lines["A"].loop
    host.until(lambda: not relay(host), 4.0)
    released = host.board.now
    host.until(lambda: not loop.closed_by("fxo"), 1.0)
    assert host.board.now - released == pytest.approx(0.2 * p.RATE, abs=2 * p.BLOCK)
    host.run(3.0)
    assert call.state == "connected"
    call.party.say(kit.tone(900, 1.0))
    handset.party.say(kit.tone(1400, 1.0))
    host.run(0.9)
    assert kit.level(handset.party.heard[-4000:], 900) > -13.0
    assert kit.level(call.party.heard[-4000:], 1400) > -13.0
    handset.put_down()
    host.until(lambda: call.state == "cleared", 2.0)


def test_a_talk_of_c_on_line_b_is_not_cut_by_the_relay(host: Any) -> None:
    call = bridged_call(host, LINE_B, C)
    gone(host, 12.0)
    assert call.state == "connected" and relay(host)
    host.board.handsets["C"].put_down()
    host.until(lambda: call.state == "cleared", 3.0)
    host.until(lambda: not relay(host), 2.0)


def test_a_bridge_ends_in_the_safe_state_when_the_handset_is_put_down(host: Any) -> None:
    call = bridged_call(host, LINE_B, D)
    gone(host, 4.0)
    assert call.state == "connected"
    host.board.handsets["D"].put_down()
    host.until(lambda: call.state == "cleared", 3.0)
    host.run(1.1)
    assert call.why == "box" and not any(state & p.STATE_BRIDGED for state in host.port_states())


def test_a_bridge_ends_in_the_safe_state_when_the_far_end_goes(host: Any) -> None:
    call = bridged_call(host, LINE_B, D)
    gone(host, 4.0)
    call.hang_up("loop drop")
    host.run(2.0)
    assert not host.board.lines["B"].loop.now.closed


def test_a_dead_processor_releases_the_relay_at_once(host: Any) -> None:
    host.board.fault("stop")
    host.run(0.1)
    handset = host.board.handsets["C"]
    host.board.exchange.call("A", "+15145550123")
    host.until(lambda: handset.ringing, 2.0)


def test_the_host_may_release_the_relay(host: Any) -> None:
    assert host.command(p.OP_RELAY, p.NO_PORT, 0) == p.OK
    assert not relay(host)
    host.run(1.0)
    assert not relay(host)
    host.command(p.OP_RELAY, p.NO_PORT, 1)
    host.run(0.1)
    assert relay(host)
