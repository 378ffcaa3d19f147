"""The handsets: hook, dial, flash, bell, sound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from drivers.signals.callerid import writing
from drivers.signals.callerid.receiver import CallerIdReceiver
from drivers.signals.callerid.sending import modulate
from drivers.signals.dtmf.receiver import DtmfReceiver
from firmware.hat import protocol as p

C, D = 2, 3


def lifted(host: Any, name: str = "C") -> Any:
    handset = host.board.handsets[name]
    handset.lift()
    host.until(lambda: host.of("HOOK_OFF"), 1.0)
    return handset


def test_a_bouncing_hook_is_one_event_each_way(kit: Any) -> None:
    for seed in range(8):
        host = kit.host(seed=seed)
        before = host.board.now
        handset = lifted(host)
        host.run(1.0)
        handset.put_down()
        down = host.board.now
        host.run(2.0)
        assert [event.name for event in host.events if event.port == C] == ["HOOK_OFF", "HOOK_ON"]
        off, on = host.of("HOOK_OFF")[0], host.of("HOOK_ON")[0]
        assert before <= off.at <= before + 0.03 * p.RATE and off.told - off.at <= 0.1 * p.RATE
        assert down <= on.at <= down + 0.03 * p.RATE


def test_without_a_flash_window_on_hook_is_told_after_the_debounce_time(host: Any) -> None:
    host.config(p.CFG_FLASH, 0, 0)
    lifted(host).put_down()
    host.run(0.3)
    (on,) = host.of("HOOK_ON")
    assert on.told - on.at <= 0.14 * p.RATE


def test_the_box_hears_the_keys(host: Any) -> None:
    handset = lifted(host)
    handset.dial("0123456789*#")
    host.run(3.0)
    digits = [digit.digit for digit in DtmfReceiver().feed(host.heard(C)) if digit.end is None]
    assert "".join(digits) == "0123456789*#"


def test_dial_pulses_are_digits_and_no_hang_up(host: Any) -> None:
    handset = lifted(host)
    handset.dial("190", pulse=True)
    host.run(5.0)
    assert [chr(event.args[0]) for event in host.of("PULSE_DIGIT")] == ["1", "9", "0"]
    assert not host.of("HOOK_ON") and not host.of("FLASH")


@pytest.mark.parametrize(("code", "ms"), [("CA", 600), ("FR", 270), ("GB", 110)])
def test_flash_is_told_with_its_length(kit: Any, code: str, ms: int) -> None:
    host = kit.host(code)
    handset = lifted(host)
    host.run(0.5)
    handset.flash(ms)
    host.run(1.0)
    assert [event.args[0] for event in host.of("FLASH")] == [pytest.approx(ms, abs=4)]
    assert not host.of("HOOK_ON")


def test_ringing_by_cadence_and_ring_trip(host: Any) -> None:
    assert host.command(p.OP_RING, C, 0) == p.OK
    handset = host.board.handsets["C"]
    rung = []
    for _ in range(350):
        host.tick()
        rung.append(handset.ringing)
    assert sum(rung) * 20 == pytest.approx(3000, abs=200)  # 2 s on, 4 s off, 1 s on
    assert [event.args for event in host.of("RING_BURST_END")] == [(1,)]
    handset.lift()
    host.run(0.3)
    assert [event.name for event in host.events if event.port == C][-2:] == ["RINGTRIP", "HOOK_OFF"]
    assert not handset.ringing and not host.board.lines["C"].loop.now.ring_on


def test_ring_stop(host: Any) -> None:
    host.command(p.OP_RING, C, 0)
    host.run(0.5)
    assert host.board.handsets["C"].ringing
    host.command(p.OP_RING_STOP, C)
    host.run(0.3)
    assert not host.board.handsets["C"].ringing


def test_a_handset_off_hook_is_not_rung(host: Any) -> None:
    lifted(host)
    assert host.command(p.OP_RING, C, 0) == p.ERR_STATE
    assert host.command(p.OP_RING, D, 7) == p.ERR_ARGS  # no such cadence was set
    assert host.command(p.OP_RING, 0, 0) == p.ERR_PORT  # a line cannot be rung


def test_caller_id_reaches_the_handsets_display(host: Any) -> None:
    host.command(p.OP_RING, C, 0)
    host.until(lambda: host.of("RING_BURST_END"))
    host.run(0.6)
    host.play(C, modulate(writing.mdmf("5145550123", "Paul Roy"), "bell202"))
    host.run(2.0)
    receiver, seen = CallerIdReceiver(["bell202"]), host.board.handsets["C"].display.heard
    (shown,) = [one for at in range(0, seen.size, p.BLOCK) for one in receiver.feed(seen[at : at + p.BLOCK])]
    assert (shown.number, shown.name) == ("5145550123", "Paul Roy")


def test_sound_between_box_and_handset(host: Any, kit: Any) -> None:
    handset = lifted(host)
    host.play(C, kit.tone(700, 1.0))
    handset.party.say(kit.tone(1200, 1.0))
    host.run(0.9)
    assert kit.level(handset.party.heard[-4000:], 700) == pytest.approx(-10.0, abs=0.5)
    assert kit.level(host.last(C, 0.5), 1200) == pytest.approx(-10.0, abs=0.5)
    assert -30.0 < kit.level(host.last(C, 0.5), 700) < -20.0  # the hybrid's echo


def test_loop_drop_and_reversal_towards_the_handset(host: Any) -> None:
    lifted(host)
    host.command(p.OP_CPC, C, 500)
    seen = []
    for _ in range(40):
        host.tick()
        seen.append(host.board.lines["C"].loop.now.fed)
    assert seen.count(False) * 20 == pytest.approx(500, abs=20)
    host.command(p.OP_POLARITY, C, 1)
    host.tick()
    assert host.board.lines["C"].loop.now.volts < 0
    assert not host.of("HOOK_ON")


def test_what_cannot_be_done_on_hook_is_refused(host: Any) -> None:
    handset = host.board.handsets["C"]
    for act in (lambda: handset.dial("1"), handset.flash):
        with pytest.raises(ValueError, match="on hook"):
            act()
    handset.lift()
    with pytest.raises(ValueError, match="0-9"):
        handset.dial("1#", pulse=True)
    with pytest.raises(ValueError, match="no key"):
        handset.party.press("1x")
    with pytest.raises(ValueError, match="int16"):
        handset.party.say(np.zeros(160))


def test_two_handsets_talk_through_the_hat(host: Any, kit: Any) -> None:
    c, d = lifted(host), host.board.handsets["D"]
    d.lift()
    host.run(0.3)
    assert host.command(p.OP_BRIDGE, p.NO_PORT, C, D) == p.OK
    c.party.say(kit.tone(600, 1.0))
    d.party.say(kit.tone(1400, 1.0))
    host.run(0.9)
    assert kit.level(d.party.heard[-4000:], 600) == pytest.approx(-10.0, abs=0.6)
    assert kit.level(c.party.heard[-4000:], 1400) == pytest.approx(-10.0, abs=0.6)
    host.command(p.OP_UNBRIDGE, p.NO_PORT, C, D)
    c.party.say(kit.tone(600, 1.0))
    host.run(0.9)
    assert kit.level(d.party.heard[-4000:], 600) < -50.0


def test_putting_down_ends_what_was_being_said_and_dialled(host: Any, kit: Any) -> None:
    handset = lifted(host)
    handset.party.say(kit.tone(900, 20.0))
    handset.dial("5", pulse=True, wait_ms=3000)
    host.run(0.2)
    handset.put_down()
    host.run(2.0)
    handset.lift()
    host.run(4.0)
    assert handset.party.silent and kit.level(host.last(C, 0.5), 900) < -50.0
    assert not host.of("PULSE_DIGIT")


def test_a_polarity_sensitive_bell_is_silent_on_a_reversed_pair(host: Any) -> None:
    handset, loop = host.board.handsets["D"], host.board.lines["D"].loop
    handset.polarity_sensitive = True
    loop.set_reversed(host.board.now, True)
    loop.set_ring(host.board.now, True)
    host.run(0.4)
    assert loop.now.ring_on and not handset.ringing
    loop.set_reversed(host.board.now, False)
    host.run(0.2)
    assert handset.ringing


def test_bells_beyond_the_lines_strength_are_silent(host: Any) -> None:
    """The exchange's 75 V ring five bells on a long line, not twelve."""
    loop = host.board.lines["A"].loop
    telephone = host.board.parallel_telephone("A")
    loop.attach("more", ren=3.0)
    host.board.exchange.call("A", "+15145550123")
    host.until(lambda: telephone.ringing, 3.0)
    loop.attach("more", ren=11.0)
    host.run(5.0)
    telephone.bursts = 0
    host.run(6.0)
    assert telephone.bursts == 0
