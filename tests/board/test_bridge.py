"""Direct bridges in the HAT: a handset on a line without the Pi in between."""

from __future__ import annotations

from typing import Any

import numpy as np

from drivers.signals.dtmf.receiver import DtmfReceiver
from firmware.hat import protocol as p

LINE_A, C = 0, 2


def bridged(host: Any) -> Any:
    call = host.board.exchange.call("A", "+15145550123")
    host.until(lambda: host.of("RING_START"))
    host.board.handsets["C"].lift()
    host.run(0.3)
    host.command(p.OP_OFFHOOK, LINE_A)
    assert host.command(p.OP_BRIDGE, p.NO_PORT, LINE_A, C) == p.OK
    host.run(1.0)
    return call


def test_voices_cross_the_bridge_within_a_block(host: Any) -> None:
    call, handset = bridged(host), host.board.handsets["C"]
    click = np.zeros(p.BLOCK, np.int16)
    click[8:16] = 20000
    start = call.party.heard.size, handset.party.heard.size
    call.party.say(click)
    handset.party.say(click)
    host.run(0.1)
    for party, begin in ((call.party, start[0]), (handset.party, start[1])):
        heard = np.abs(party.heard[begin:].astype(int))
        peak = int(heard[: 2 * p.BLOCK].argmax())
        assert heard[peak] > 3000
        assert peak < p.BLOCK  # two line filters of 8 ms each, and nothing else


def test_the_pi_hears_both_sides_and_plays_into_neither(host: Any, kit: Any) -> None:
    call, handset = bridged(host), host.board.handsets["C"]
    call.party.say(kit.tone(700, 1.0))
    handset.party.say(kit.tone(1500, 1.0))
    host.play(LINE_A, kit.tone(2300, 1.0))
    host.play(C, kit.tone(2300, 1.0))
    host.run(0.9)
    assert host.ups[-1][1] == 1 << LINE_A | 1 << C
    assert kit.level(host.last(LINE_A, 0.4), 700) > -13.0
    assert kit.level(host.last(C, 0.4), 1500) > -13.0
    for heard in (call.party.heard[-3200:], handset.party.heard[-3200:]):
        assert kit.level(heard, 2300) < -50.0


def test_mute_from_the_handset_hides_its_keys_but_not_from_the_pi(host: Any) -> None:
    call, handset = bridged(host), host.board.handsets["C"]
    host.command(p.OP_MUTE, C, p.MUTE_FROM_PORT)
    handset.party.press("7")
    host.run(0.5)
    assert DtmfReceiver().feed(host.heard(C)[-4000:])
    assert not DtmfReceiver().feed(call.party.heard[-4000:].copy())
    assert host.ups[-1][2] & p.FLAG_MUTED
    host.command(p.OP_MUTE, C, p.MUTE_NONE)
    handset.party.press("8")
    host.run(0.5)
    assert {digit.digit for digit in DtmfReceiver().feed(call.party.heard[-4000:].copy())} == {"8"}


def test_mute_towards_a_port(host: Any, kit: Any) -> None:
    call, handset = bridged(host), host.board.handsets["C"]
    host.command(p.OP_MUTE, C, p.MUTE_TO_PORT)
    call.party.say(kit.tone(700, 1.0))
    host.run(0.9)
    assert kit.level(handset.party.heard[-4000:], 700) < -50.0


def test_mute_towards_a_port_that_is_not_bridged(host: Any, kit: Any) -> None:
    handset = host.board.handsets["C"]
    handset.lift()
    host.run(0.3)
    host.command(p.OP_MUTE, C, p.MUTE_TO_PORT)
    host.play(C, kit.tone(700, 1.0))
    handset.party.say(kit.tone(1500, 1.0))
    host.run(0.9)
    assert kit.level(handset.party.heard[-4000:], 700) < -50.0
    assert kit.level(host.last(C, 0.4), 1500) > -12.0  # the Pi still hears it


def test_a_port_is_in_one_bridge_only(host: Any) -> None:
    bridged(host)
    assert host.command(p.OP_BRIDGE, p.NO_PORT, LINE_A, 3) == p.ERR_STATE
    assert host.command(p.OP_BRIDGE, p.NO_PORT, C, LINE_A) == p.OK  # the same bridge again
    assert host.command(p.OP_UNBRIDGE, p.NO_PORT, C, LINE_A) == p.OK
    assert host.command(p.OP_UNBRIDGE, p.NO_PORT, C, LINE_A) == p.ERR_STATE


def test_gain_is_heard(host: Any, kit: Any) -> None:
    call = host.board.exchange.call("A", "+15145550123")
    host.until(lambda: host.of("RING_START"))
    host.command(p.OP_OFFHOOK, LINE_A)
    host.command(p.OP_GAIN, LINE_A, -60, 60)
    host.run(0.5)
    call.party.say(kit.tone(1000, 1.0, -20.0))
    host.play(LINE_A, kit.tone(1600, 1.0, -10.0))
    host.run(0.9)
    assert abs(kit.level(host.last(LINE_A, 0.4), 1000) - -16.0) < 0.6
    assert abs(kit.level(call.party.heard[-3200:], 1600) - -18.0) < 0.6
