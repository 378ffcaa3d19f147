"""A call comes in: ringing, caller ID, answer, sound, and the ways to end."""

from __future__ import annotations

import re
import shutil
import subprocess
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.signals.callerid.receiver import CallerId, CallerIdReceiver
from firmware.hat import protocol as p

LINE_A, LINE_B = 0, 1


def answered(host: Any, **caller: Any) -> Any:
    """A call that line A has answered; the caller ID is over."""
    call = host.board.exchange.call("A", "+15145550123", "Paul Roy", **caller)
    host.until(lambda: host.of("RING_START"))
    assert host.command(p.OP_OFFHOOK, LINE_A) == p.OK
    host.until(lambda: call.state == "connected", 1.0)
    host.run(1.0)
    return call


def callers(samples: Any, scheme: str) -> list[CallerId]:
    """What our own receiver makes of a line, block by block."""
    receiver = CallerIdReceiver([scheme])
    return [one for at in range(0, samples.size, p.BLOCK) for one in receiver.feed(samples[at : at + p.BLOCK])]


@pytest.mark.parametrize("code", ["CA", "GB", "FR"])
def test_the_cadence_of_the_country_is_told_burst_by_burst(kit: Any, code: str) -> None:
    host = kit.host(code)
    host.board.exchange.call("A", "+15145550123", presentation="none")
    host.run(8.0)
    cadence = host.board.country.ring.cadence_ms
    starts, stops = host.of("RING_START"), host.of("RING_STOP")
    bursts = len(cadence) // 2
    assert [stop.args[0] for stop in stops[:bursts]] == list(cadence[::2])
    for number, (start, stop) in enumerate(zip(starts[1:], stops, strict=False)):
        assert (start.at - stop.at) // 8 == cadence[1::2][number % bursts]
    assert all(p.RATE * 0.1 <= start.told - start.at <= p.RATE * 0.26 for start in starts)


@pytest.mark.parametrize(
    ("presentation", "number", "name", "reason"),
    [
        ("allowed", "5145550123", "Paul Roy", None),
        ("private", None, None, "private"),
        ("unavailable", None, None, "unavailable"),
    ],
)
def test_caller_id_after_the_first_ring(host: Any, presentation: str, number: str, name: str, reason: str) -> None:
    host.command(p.OP_CID_MONITOR, LINE_A, 1)
    began = host.board.now
    host.board.exchange.call("A", "+15145550123", "Paul Roy", presentation)
    host.until(lambda: len(host.of("RING_START")) == 2)
    (caller,) = callers(host.heard(LINE_A), "bell202")
    assert (caller.number, caller.name, caller.reason) == (number, name, reason)
    assert caller.date == "03-02 10:00"
    signal = began + caller.start - 480 * p.RATE // 1200  # 300 bits of seizure and 180 of mark go before the message
    assert 0.5 * p.RATE <= signal - host.of("RING_STOP")[0].at <= 1.5 * p.RATE


def test_a_corrupted_caller_id_is_no_caller(host: Any) -> None:
    host.command(p.OP_CID_MONITOR, LINE_A, 1)
    host.board.exchange.call("A", "+15145550123", "Paul Roy", "corrupt")
    host.until(lambda: len(host.of("RING_START")) == 2)
    assert callers(host.heard(LINE_A), "bell202") == []
    assert np.abs(host.heard(LINE_A)).max() > 1000  # something was sent


@pytest.mark.skipif(shutil.which("minimodem") is None, reason="minimodem, the judge, is not installed")
def test_minimodem_reads_the_caller_id(host: Any, tmp_path: Path) -> None:
    host.command(p.OP_CID_MONITOR, LINE_A, 1)
    host.board.exchange.call("A", "+15145550123", "Paul Roy")
    host.until(lambda: len(host.of("RING_START")) == 2)
    with wave.open(str(tmp_path / "line.wav"), "wb") as file:
        file.setparams((1, 2, p.RATE, 0, "NONE", ""))
        file.writeframes(host.heard(LINE_A).tobytes())
    command = ["minimodem", "--rx", "--quiet", "-f", str(tmp_path / "line.wav"), "callerid"]
    text = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout
    assert re.search(r"Phone:\s*514-?555-?0123", text) and "Paul Roy" in text, text


def test_british_caller_id_comes_before_the_first_ring(kit: Any) -> None:
    host = kit.host("GB")
    host.command(p.OP_CID_MONITOR, LINE_A, 1)
    host.board.exchange.call("A", "+441632960123", "Anna")
    host.until(lambda: host.of("RING_START"))
    (caller,) = callers(host.heard(LINE_A), "v23")
    assert (caller.number, caller.name) == ("01632960123", "Anna")
    assert host.of("POLREV")[0].args == (1,)
    assert host.of("POLREV")[0].at < host.of("RING_START")[0].at


def test_sound_goes_both_ways_at_line_levels_with_an_echo(host: Any, kit: Any) -> None:
    call = answered(host)
    call.party.say(kit.tone(800, 2.0))
    host.play(LINE_A, kit.tone(1300, 2.0))
    host.run(1.5)
    box, caller = host.last(LINE_A, 1.0), call.party.heard[-p.RATE :]
    assert kit.level(box, 800) == pytest.approx(-12.0, abs=0.5)  # 2 dB of line
    assert kit.level(caller, 1300) == pytest.approx(-12.0, abs=0.5)
    assert -30.0 <= kit.level(box, 1300) <= -20.0  # our own voice, 10 to 20 dB down
    assert kit.level(caller, 800) < -50.0


def test_the_line_ends_at_300_and_3400_hz(host: Any, kit: Any) -> None:
    call = answered(host)
    for hz, least, most in ((100, -100, -35), (1000, -13, -11), (3000, -13.5, -11), (3800, -100, -35)):
        call.party.say(kit.tone(hz, 0.6))
        host.run(0.6)
        assert least <= kit.level(host.last(LINE_A, 0.3), hz) <= most, hz


def test_the_caller_hears_ringback_until_we_answer(host: Any, kit: Any) -> None:
    call = answered(host)
    assert kit.level(call.party.heard[: p.RATE // 8], 440) == pytest.approx(-19.0, abs=1.0)
    assert kit.level(call.party.heard[-p.RATE // 2 :], 440) < -50.0


def test_loop_drop_is_told_with_its_length(host: Any) -> None:
    call = answered(host)
    call.hang_up("loop drop")
    host.run(1.0)
    (drop,) = host.of("CPC")
    assert drop.args == (host.board.country.hook.cpc_send_ms,)
    assert call.state == "cleared" and call.why == "loop drop"


def test_reversal_is_told_and_undone_when_we_hang_up(host: Any) -> None:
    answered(host).hang_up("reversal")
    host.run(0.5)
    assert host.of("POLREV")[-1].args == (1,)
    host.command(p.OP_ONHOOK, LINE_A)
    host.run(1.0)
    assert host.of("POLREV")[-1].args == (0,)


@pytest.mark.parametrize(("how", "hz"), [("busy tone", 480), ("reorder tone", 620)])
def test_clearing_by_tone(host: Any, kit: Any, how: str, hz: int) -> None:
    answered(host).hang_up(how)
    host.run(2.5)
    assert kit.level(host.last(LINE_A, 2.0), hz) > -36.0  # half of the time -26 dBm0
    assert not host.of("CPC") and not host.of("POLREV")


def test_clearing_by_silence_tells_nothing_at_first(host: Any) -> None:
    answered(host).hang_up("silence")
    host.forget()
    host.run(5.0)
    assert not host.events
    assert np.abs(host.last(LINE_A, 4.5)).max() < 200


def test_a_caller_who_gives_up_stops_the_ringing(host: Any) -> None:
    call = host.board.exchange.call("A", "+15145550123")
    host.until(lambda: host.of("RING_START"))
    call.hang_up()
    host.run(6.0)
    assert len(host.of("RING_START")) == 1
    assert call.state == "cleared" and call.why == "caller gave up"
    assert host.board.exchange.circuits["A"].state == "idle"


def test_an_answer_between_two_bursts_of_a_pair_ends_the_ringing(kit: Any) -> None:
    host = kit.host("GB")
    host.board.exchange.call("A", "+441632960123", presentation="none")
    host.until(lambda: host.of("RING_START"))
    host.command(p.OP_OFFHOOK, LINE_A)
    rung = []
    host.board.on_tick(lambda board: rung.append(board.lines["A"].loop.now.ring_on))
    host.run(5.0)
    assert not any(rung[5:])


def test_a_second_caller_finds_the_line_busy(host: Any) -> None:
    answered(host)
    second = host.board.exchange.call("A", "+15145550124")
    assert second.state == "cleared" and second.why == "busy"


def test_two_lines_carry_two_calls(host: Any, kit: Any) -> None:
    calls = [host.board.exchange.call(line, f"+1514555012{number}") for number, line in enumerate("AB")]
    host.until(lambda: len(host.of("RING_START")) == 2)
    for port in (LINE_A, LINE_B):
        host.command(p.OP_OFFHOOK, port)
    host.run(0.5)
    for call, hz in zip(calls, (700, 1100), strict=True):
        call.party.say(kit.tone(hz, 1.0))
    host.run(0.9)
    for port, own, other in ((LINE_A, 700, 1100), (LINE_B, 1100, 700)):
        heard = host.last(port, 0.5)
        assert kit.level(heard, own) > -13.0 and kit.level(heard, other) < -60.0


def test_hanging_up_ends_the_call_for_the_far_party(host: Any) -> None:
    call = answered(host)
    host.command(p.OP_ONHOOK, LINE_A)
    host.until(lambda: call.state == "cleared", 1.0)
    assert call.why == "box"
    again = host.board.exchange.call("A", "+15145550123")
    assert again.state == "ringing"


def test_a_flash_of_ours_does_not_hang_up_on_a_line_without_the_service(host: Any) -> None:
    call = answered(host)
    host.command(p.OP_FLASH, LINE_A, 250)
    host.run(1.5)
    assert call.state == "connected"


@pytest.mark.parametrize("wrong", [{"line": "Z"}, {"presentation": "odd"}, {"number": "1" * 30}, {"number": "x"}])
def test_calls_that_cannot_be_are_refused(host: Any, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"line|presentation|caller|number"):
        host.board.exchange.call(**({"line": "A", "number": "+15145550123"} | wrong))
