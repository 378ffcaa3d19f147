"""A call in and a call out in every country of the table."""

from __future__ import annotations

from typing import Any

import pytest

from board.virtual.announce import on_the_wire
from board.virtual.farcall import Behaviour
from drivers.signals.callerid.receiver import CallerIdReceiver
from drivers.signals.countries import countries
from drivers.signals.tones import dtmf
from firmware.hat import protocol as p

LINE_A = 0


def number(row: Any) -> str:
    return f"+{row.dialling.country_code}234567890"


@pytest.mark.parametrize("code", countries())
def test_a_call_in(kit: Any, code: str) -> None:
    """Ringing is told, the caller ID can be read by the country's schemes, answer and clearing work."""
    host = kit.host(code)
    row = host.board.country
    host.command(p.OP_CID_MONITOR, LINE_A, 1)
    call = host.board.exchange.call("A", number(row), "Anna")
    host.until(lambda: len(host.of("RING_START")) >= 3, 25.0)
    receiver, heard = CallerIdReceiver(row.caller_id.schemes), host.heard(LINE_A)
    callers = [one for at in range(0, heard.size, p.BLOCK) for one in receiver.feed(heard[at : at + p.BLOCK])]
    assert [one.number for one in callers] == [on_the_wire(row, number(row))]
    host.command(p.OP_OFFHOOK, LINE_A)
    host.until(lambda: call.state == "connected", 1.0)
    host.run(0.5)
    call.hang_up("loop drop")
    host.run(2.5)
    assert [event.args[0] for event in host.of("CPC")] == [pytest.approx(row.hook.cpc_send_ms, abs=4)]  # 4 ms slots


@pytest.mark.parametrize("code", countries())
def test_a_call_out(kit: Any, code: str) -> None:
    """A number dialled by keys over the dial tone reaches its subscriber, an emergency number its operator."""
    host = kit.host(code)
    row = host.board.country
    host.board.exchange.subscribers[number(row)] = Behaviour(answer_after_s=1.0)
    calls: list[Any] = []
    host.board.exchange.on_call(calls.append)
    for digits in (row.dialling.trunk + "234567890", row.emergency.numbers[0]):
        calls.clear()
        host.command(p.OP_OFFHOOK, LINE_A)
        host.run(1.0)
        host.play(LINE_A, dtmf(digits, 70, 70).read(len(digits) * 1120))
        host.until(lambda: calls and calls[0].state == "connected", 12.0)
        assert calls[0].number == digits
        assert calls[0].emergency == (digits in row.emergency.numbers)
        host.command(p.OP_ONHOOK, LINE_A)
        host.until(lambda: calls[0].state == "cleared", 1.0)
        host.run(0.5)
