"""The program's life: watchdog, kill -9 and reset, restarts; what the telephone does meanwhile."""

from __future__ import annotations

import itertools
import os
import signal

import pytest

from board.virtual.chips.bench import ALIVE, IRQ, RELAY
from firmware.hat import protocol as p
from firmware.hat.cobs import Splitter, parse
from firmware.hat.version import VERSION
from tests.hat.conftest import LINE_A, C, D, FirmwareHost, Maker, needs_micropython


def test_hello_says_what_is_there(host: FirmwareHost) -> None:
    version, status, session, major, minor, patch, uid, rev, ports, kinds, delay, cause, _ = host.hello()
    assert (version, status, session) == (p.VERSION, p.OK, host.session)
    assert (major, minor, patch) == VERSION
    assert uid == b"VIRTUAL0" and rev == 1 and ports == 4
    assert isinstance(kinds, bytes) and kinds[:4] == bytes((p.FXO, p.FXO, p.FXS, p.FXS))
    assert delay == p.PLAYOUT_DELAY and cause == 1


def test_alive_toggles_and_irq_is_low_while_events_wait(twin: FirmwareHost) -> None:
    levels = []
    for _ in range(150):
        twin.tick()
        levels.append(twin.hat.bench.pins[ALIVE])
    assert sum(a != b for a, b in itertools.pairwise(levels)) == 3
    twin.acking = False
    twin.board.handsets["D"].lift()
    twin.run(0.3)
    assert twin.hat.bench.pins[IRQ] == 0
    twin.acking = True
    twin.run(0.5)
    assert twin.hat.bench.pins[IRQ] == 1


@pytest.mark.parametrize("task", ["tdm", "bus", "link"])
def test_the_watchdog_bites_when_one_of_three_stops_ticking(twin: FirmwareHost, task: str) -> None:
    """TDM, SPI and link must all tick; WDT_NEAR comes a second before, then the program starts again with cause 3."""
    program = twin.hat.program
    part = getattr(program, task)
    kind = type(part)
    part.__class__ = type("Stopped", (kind,), {"ticked": property(lambda self: False, lambda self, value: None)})
    near = twin.board.now
    twin.until(lambda: twin.of("WDT_NEAR"), 2.0)
    assert 0.9 < (twin.board.now - near) / p.RATE < 1.4
    twin.until(lambda: twin.hat.restarts == 1, 3.0)
    twin.run(1.5)
    hello = twin.hello()
    assert hello[11] == 3


def test_a_host_that_is_gone_does_not_wake_the_watchdog(twin: FirmwareHost) -> None:
    """The link has ticked when its task ran: a dead Pi is the lifeline's business."""
    twin.answering = twin.acking = False
    for _ in range(15 * 50):
        twin.board.tick()
    assert twin.hat.restarts == 0 and twin.hat.bench.pins[RELAY] == 0


@needs_micropython
def test_kill_9_leaves_a_plain_telephone_until_the_pi_resets_it(make_host: Maker) -> None:
    host = make_host("micropython")
    call = host.board.exchange.call("A", "+15145550123")
    host.until(lambda: host.of("RING_START"))
    host.command(p.OP_OFFHOOK, LINE_A)
    host.until(lambda: call.state == "connected")
    pid = host.hat.pid
    assert pid is not None and host.hat.lifeline.relay.pulled_in
    os.kill(pid, signal.SIGKILL)
    host.run(0.5)
    assert not host.hat.running and not host.hat.lifeline.relay.pulled_in
    assert call.state == "cleared"
    handset = host.board.handsets["C"]
    second = host.board.exchange.call("A", "+15145550123")
    host.until(lambda: handset.ringing)
    handset.lift()
    host.until(lambda: second.state == "connected", 1.0)
    handset.put_down()
    host.run(3.0)
    assert not host.hat.running
    host.hat.reset()
    host.run(1.5)
    assert host.hat.running
    host.hello()
    host.set_country()
    host.run(0.5)
    assert host.hat.lifeline.relay.pulled_in
    host.board.handsets["D"].lift()
    host.until(lambda: [event for event in host.of("HOOK_OFF") if event.port == D])


@needs_micropython
def test_the_program_that_hangs_or_raises_is_started_again(make_host: Maker) -> None:
    """An exception that escapes ends the interpreter: the board sees a dead program, and a reset brings it back."""
    host = make_host("micropython")
    assert host.hat.running and host.hat.restarts == 0
    host.hat.reset()
    host.run(1.5)
    assert host.hat.restarts == 1
    assert host.hello()[1] == p.OK


@needs_micropython
def test_both_engines_say_the_same_bytes(make_host: Maker) -> None:
    """The twin's first 10 s, with a call and a handset, are those of MicroPython, frame by frame."""

    def story(engine: str) -> list[tuple[int, int, int, bytes]]:
        """Every frame but STATUS, which tells of heap and time spent."""
        host = make_host(engine)
        host.raw.clear()
        call = host.board.exchange.call("A", "+15145550123", "Paul Roy")
        host.until(lambda: host.of("RING_START"))
        host.command(p.OP_OFFHOOK, LINE_A)
        host.until(lambda: call.state == "connected")
        host.board.handsets["C"].lift()
        host.run(0.5)
        host.command(p.OP_BRIDGE, p.NO_PORT, LINE_A, C)
        host.run(1.0)
        call.hang_up("loop drop")
        host.run(2.0)
        frames = [parse(piece) for piece in Splitter().feed(bytes(host.raw))]
        return [(kind, port, ts, payload) for kind, port, _, ts, payload in frames if kind != p.STATUS]

    def events(engine: str) -> list[tuple[object, ...]]:
        host = make_host(engine)
        host.board.handsets["D"].lift()
        host.run(0.5)
        host.board.handsets["D"].dial("52", pulse=True)
        host.run(4.0)
        host.board.handsets["D"].flash(400)
        host.run(1.0)
        host.board.handsets["D"].put_down()
        host.run(2.0)
        return [(event.name, event.port, event.at, event.args, event.told) for event in host.events]

    assert events("twin") == events("micropython")
    assert story("twin") == story("micropython")
