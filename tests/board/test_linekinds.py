"""What a line hangs on: an adapter says everything by its maker's tones, ends a number with #, and echoes from afar."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from board.virtual.farcall import CONNECTED, Behaviour
from drivers.signals.tones import dtmf
from firmware.hat import protocol as p

LINE_A = 0
MARIE = "4185550166"


def connected(host: Any, kind: str, ends: str = "") -> Any:
    """A call from line A that was answered; the polarity that tells it is the exchange's to give."""
    host.board.exchange.set_kind(kind)
    host.board.exchange.subscribers[MARIE] = Behaviour(answer_after_s=2.0, reversal=True)
    calls: list[Any] = []
    host.board.exchange.on_call(calls.append)
    assert host.command(p.OP_OFFHOOK, LINE_A) == p.OK
    host.run(1.0)
    digits = MARIE + ends
    host.play(LINE_A, dtmf(digits, 80, 80).read(len(digits) * 1280))
    host.until(lambda: calls and calls[0].state == CONNECTED, 15.0)
    host.run(0.2)
    return calls[0]


def test_only_an_exchange_reverses_for_an_answer(host: Any) -> None:
    connected(host, "exchange")
    assert host.board.lines["A"].loop.now.reversed


@pytest.mark.parametrize(("kind", "hz"), [("adapter", (480, 620)), ("pbx", (425,))])
def test_an_adapter_and_a_pbx_tell_a_hang_up_by_their_busy_tone(host: Any, kit: Any, kind: str, hz: Any) -> None:
    call = connected(host, kind)
    assert not host.board.lines["A"].loop.now.reversed
    call.hang_up("loop drop")
    host.run(3.0)
    assert not host.of("CPC")
    assert max(kit.level(host.last(LINE_A, 2.0), one) for one in hz) > -34.0
    assert call.why == "busy tone"


def test_an_adapter_takes_the_number_at_the_pound_key(host: Any) -> None:
    assert connected(host, "adapter", "#").number == MARIE


def test_an_adapters_far_end_echoes_120_ms_late(host: Any) -> None:
    call = connected(host, "adapter")
    burst = (6000 * np.sin(2 * np.pi * 1000 * np.arange(400) / p.RATE)).astype(np.int16)
    host.run(1.0)
    host.play(LINE_A, burst)
    host.run(0.5)
    heard = np.abs(host.last(LINE_A, 0.5).astype(float))
    loud = np.flatnonzero(heard > 0.5 * heard[int(0.15 * p.RATE) :].max())
    near, far = loud[0], loud[loud > loud[0] + 600][0]
    assert (far - near) / p.RATE == pytest.approx(0.12, abs=0.025)
    assert call.state == CONNECTED


def test_an_unknown_kind_is_refused(host: Any) -> None:
    with pytest.raises(ValueError, match="'ata'"):
        host.board.exchange.set_kind("ata")
