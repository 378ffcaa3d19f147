"""Faults of the board, injected under a running HAT: the other ports go on, the port and the reason are told, the
fault's end too."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from firmware.hat import protocol as p
from tests.hat.conftest import FIRMWARE, LINE_A, LINE_B, C, D, FirmwareHost, Maker, fault_of, needs_micropython

CASES = [
    # fault, port, code, ports that are allowed to be told
    ("chip silent", LINE_A, p.FAULT_SILENT),
    ("clock stop", LINE_B, p.FAULT_CLOCK),
    ("isolation lost", LINE_A, p.FAULT_ISOLATION),
    ("chip silent", C, p.FAULT_SILENT),
    ("clock stop", D, p.FAULT_CLOCK),
    ("battery missing", C, p.FAULT_BATTERY),
]


def works(host: FirmwareHost, port: int) -> None:
    """A line answers a ring and carries sound; a handset is heard going off hook."""
    host.events.clear()
    if port in (LINE_A, LINE_B):
        name = "AB"[port]
        call = host.board.exchange.call(name, "+15145550123")
        host.until(lambda: [event for event in host.of("RING_START") if event.port == port], 8.0)
        host.command(p.OP_OFFHOOK, port)
        host.until(lambda: call.state == "connected", 2.0)
        call.party.say((np.sin(np.arange(8000) * 0.7) * 8000).astype(np.int16))
        host.run(0.6)
        assert np.abs(host.last(port, 0.3)).max() > 2000
        host.command(p.OP_ONHOOK, port)
        host.until(lambda: call.state == "cleared", 3.0)
    else:
        handset = host.board.handsets["CD"[port - 2]]
        handset.lift()
        host.until(lambda: [event for event in host.of("HOOK_OFF") if event.port == port], 1.0)
        handset.put_down()
        host.until(lambda: [event for event in host.of("HOOK_ON") if event.port == port], 3.0)


@pytest.mark.parametrize(("fault", "port", "code"), CASES)
def test_one_chip_fails_and_comes_back(twin: FirmwareHost, fault: str, port: int, code: int) -> None:
    twin.hat.fault(fault, port)
    twin.until(lambda: fault_of(twin, port), 3.0)
    told = fault_of(twin, port)
    assert told is not None and told[0] == code and told[1]
    twin.run(1.1)
    assert twin.port(port)[0] & p.STATE_FAULT
    others = [other for other in range(4) if other != port]
    assert all(fault_of(twin, other) is None for other in others)
    for other in others:
        works(twin, other)
    twin.hat.fault(fault, port, False)
    twin.events.clear()
    twin.until(lambda: twin.of("CHIP_BACK"), 8.0)
    twin.run(1.1)
    assert not twin.port(port)[0] & p.STATE_FAULT
    works(twin, port)


def test_a_call_on_a_line_whose_isolation_drops_ends_and_the_other_goes_on(twin: FirmwareHost) -> None:
    calls = [twin.board.exchange.call(name, "+15145550123") for name in "AB"]
    twin.until(lambda: len(twin.of("RING_START")) == 2, 8.0)
    for port in (LINE_A, LINE_B):
        twin.command(p.OP_OFFHOOK, port)
    twin.until(lambda: all(call.state == "connected" for call in calls), 2.0)
    twin.run(1.0)
    twin.hat.fault("isolation lost", LINE_A)
    twin.until(lambda: calls[0].state == "cleared", 2.0)
    assert fault_of(twin, LINE_A) is not None and calls[1].state == "connected"
    twin.run(1.0)
    assert twin.port(LINE_B)[0] & p.STATE_OFFHOOK and not twin.port(LINE_A)[0] & p.STATE_OFFHOOK


def test_data_line_stuck_high_makes_no_ghosts(twin: FirmwareHost) -> None:
    """Every read gives ones: four chips are told silent; nobody rings, lifts or hangs up because of it."""
    twin.hat.fault("miso high")
    twin.until(lambda: all(fault_of(twin, port) for port in range(4)), 3.0)
    assert {fault_of(twin, port)[0] for port in range(4)} == {p.FAULT_SILENT}  # type: ignore[index]
    assert {event.name for event in twin.events} <= {"CHIP_FAULT", "RELAY"}
    twin.hat.fault("miso high", on=False)
    twin.until(lambda: not any(fault_of(twin, port) for port in range(4)), 8.0)
    for port in range(4):
        works(twin, port)


@pytest.mark.parametrize("port", [LINE_A, D])
def test_a_chip_that_holds_its_interrupt_line_is_found_and_costs_only_its_own_promptness(
    twin: FirmwareHost, port: int
) -> None:
    """The one of two on a shared line is told, not its neighbour; all four work; it is heard again when it lets go."""
    twin.hat.fault("interrupt stuck", port)
    twin.until(lambda: fault_of(twin, port), 3.0)
    assert fault_of(twin, port) == (p.FAULT_INTERRUPT, "interrupt line stuck low by this chip")
    twin.run(3.0)
    assert [fault_of(twin, other) is None for other in range(4)] == [other != port for other in range(4)]
    chips = twin.hat.chips
    assert [bool(chip.interrupts_enabled) for chip in chips] == [other != port for other in range(4)]
    for other in range(4):
        works(twin, other)
    twin.events.clear()
    twin.hat.fault("interrupt stuck", port, False)
    twin.until(lambda: [event for event in twin.of("CHIP_BACK") if event.port == port], 3.0)
    twin.run(1.1)
    assert all(chip.interrupts_enabled for chip in chips) and not twin.port(port)[0] & p.STATE_FAULT
    works(twin, port)


@pytest.mark.parametrize("ports", [(LINE_A, LINE_B), (C, D)])
def test_a_stuck_interrupt_wire_is_told_for_both_that_share_it(twin: FirmwareHost, ports: tuple[int, int]) -> None:
    twin.hat.fault("interrupt wire stuck", ports[0])
    twin.until(lambda: all(fault_of(twin, port) for port in ports), 3.0)
    assert {fault_of(twin, port) for port in ports} == {(p.FAULT_INTERRUPT, "interrupt line stuck low")}
    for other in range(4):
        works(twin, other)
    assert all(chip.interrupts_enabled for chip in twin.hat.chips)
    twin.run(1.0)
    scan = twin.hat.program._scan
    between = scan._lines if ports[0] == LINE_A else scan._handsets
    runs: list[int] = []
    run = between.run

    def counted() -> None:
        runs.append(1)
        run()

    between.run = counted
    twin.run(0.5)
    assert not runs, "a wire that tells nothing has nobody read between the blocks"
    twin.events.clear()
    twin.hat.fault("interrupt wire stuck", ports[0], False)
    twin.until(lambda: {event.port for event in twin.of("CHIP_BACK")} == set(ports), 3.0)


def test_both_chips_hold_the_line_and_both_are_told(twin: FirmwareHost) -> None:
    """Masking one alone frees nothing: it looks like the wire; when one lets go, the other is found."""
    for port in (C, D):
        twin.hat.fault("interrupt stuck", port)
    twin.until(lambda: fault_of(twin, C) and fault_of(twin, D), 3.0)
    twin.hat.fault("interrupt stuck", C, False)
    twin.hat.fault("interrupt stuck", D, False)
    twin.until(lambda: not fault_of(twin, C) and not fault_of(twin, D), 5.0)


def test_a_slow_collection_loses_no_audio_and_no_digit(host: FirmwareHost) -> None:
    """Each collection stands still for 10 ms: STATUS tells it, blocks all come, a dial at either speed is read."""
    host.board.fault("collection slow", 1)
    handset = host.board.handsets["D"]
    handset.lift()
    host.run(1.0)
    host.forget()
    for pps, part in ((8, 0.67), (10, 0.6), (12, 0.4)):
        handset.dial("47", pulse=True, pps=pps, break_part=part)
        host.run(4.0)
    assert bytes(event.args[0] for event in host.of("PULSE_DIGIT")) == b"474747"
    stamps = [ts for ts, *_ in host.ups]
    assert stamps == list(range(stamps[0], stamps[0] + 160 * len(stamps), 160))
    assert not any(flags & p.FLAG_MISSING for _, _, flags, _ in host.ups)
    assert host.status[-1][1] >= 10_000 and host.status[-1][6] == 0  # the longest collection, us; blocks overrun


def test_a_channel_that_is_not_wound_back_in_time_is_counted_and_survived(host: FirmwareHost) -> None:
    """Once a second nobody comes for a whole block: it is told as lost, time stamps stay true, the port works."""
    host.board.fault("DMA missed", 1)
    host.run(6.0)
    lost = host.status[-1][6]
    assert 4 <= lost <= 7 and host.hat.restarts == 0
    assert [ts % p.BLOCK for ts, *_ in host.ups] == [0] * len(host.ups)
    host.board.fault("DMA missed", 0)
    host.run(1.1)
    settled = host.status[-1][6]
    host.forget()
    host.run(2.1)
    stamps = [ts for ts, *_ in host.ups]
    assert stamps == list(range(stamps[0], stamps[0] + 160 * len(stamps), 160))
    assert host.status[-1][6] == settled and (stamps[-1] + 160) % 2**32 == host.board.now % 2**32
    host.board.handsets["D"].bounce = False
    host.board.handsets["D"].lift()
    lifted = host.board.now
    host.until(lambda: host.of("HOOK_OFF"), 1.0)
    assert 0 <= host.of("HOOK_OFF")[0].at - lifted <= 40 * 8, "the program's own time is the blocks'"
    host.board.handsets["D"].put_down()
    host.run(2.0)
    works(host, LINE_A)
    works(host, D)


@pytest.mark.parametrize("what", ["line", "fault", "port"])
def test_a_fault_that_cannot_be_is_refused(twin: FirmwareHost, what: str) -> None:
    wrong = {"line": ("isolation lost", "E"), "fault": ("moon phase", "A"), "port": ("isolation lost", "C")}[what]
    with pytest.raises(ValueError, match=f"{what}|expected"):
        twin.board.fault(wrong[0], 1, line=wrong[1])


def test_ringing_into_a_short_is_told_and_ends(twin: FirmwareHost) -> None:
    twin.hat.fault("ring short", D)
    twin.command(p.OP_RING, D, 0)
    twin.until(lambda: fault_of(twin, D), 2.0)
    told = fault_of(twin, D)
    assert told is not None and told[0] == p.FAULT_RING
    twin.run(0.1)
    assert not twin.board.lines["D"].loop.now.ring_on
    works(twin, C)
    twin.hat.fault("ring short", D, False)
    twin.until(lambda: twin.of("CHIP_BACK"), 6.0)
    twin.command(p.OP_RING, D, 0)
    twin.until(lambda: twin.board.handsets["D"].ringing, 2.0)


def test_brown_out_while_ringing(twin: FirmwareHost) -> None:
    """The supply dips: ringing stops, POWER tells it, the handset chips are set up again, lines never notice."""
    twin.command(p.OP_RING, D, 0)
    twin.until(lambda: twin.board.handsets["D"].ringing, 2.0)
    twin.hat.fault("brown-out")
    twin.until(lambda: twin.of("POWER"), 2.0)
    assert 4100 < twin.of("POWER")[0].args[0] < 4300
    twin.run(0.5)
    assert not twin.board.handsets["D"].ringing
    assert fault_of(twin, LINE_A) is None and fault_of(twin, LINE_B) is None
    twin.hat.fault("brown-out", on=False)
    twin.run(4.0)
    assert [event.args[0] > 4700 for event in twin.of("POWER")] == [False, True]
    for port in range(4):
        assert fault_of(twin, port) is None
        works(twin, port)


def test_pcm_clock_stops_for_all(twin: FirmwareHost) -> None:
    twin.hat.fault("pcm clock")
    twin.until(lambda: all(fault_of(twin, port) for port in range(4)), 3.0)
    assert {fault_of(twin, port)[0] for port in range(4)} == {p.FAULT_CLOCK}  # type: ignore[index]
    twin.hat.fault("pcm clock", on=False)
    twin.until(lambda: not any(fault_of(twin, port) for port in range(4)), 8.0)
    works(twin, LINE_A)


def test_a_hook_that_bounces_for_30_ms_is_one_event(host: FirmwareHost) -> None:
    host.board.fault("hook bounce", 1, line="D")
    handset, loop = host.board.handsets["D"], host.board.lines["D"].loop
    edges: list[int] = []
    host.board.on_tick(lambda board: edges.extend(change.sample for change in loop.changes))
    for act, name in ((handset.lift, "HOOK_OFF"), (handset.put_down, "HOOK_ON")):
        edges.clear()
        act()
        host.run(1.6)
        assert len(edges) > 6 and 25 * 8 <= edges[-1] - edges[0] <= 30 * 8
        assert [event.name for event in host.events if event.port == D][-1] == name
    assert [event.name for event in host.events if event.port == D] == ["HOOK_OFF", "HOOK_ON"]


@pytest.mark.parametrize(
    ("fault", "port", "code"),
    [
        ("battery leaks", C, p.FAULT_LEAK),
        ("calibration stuck", D, p.FAULT_CALIBRATION),
        ("battery missing", D, p.FAULT_BATTERY),
    ],
)
def test_a_handset_that_does_not_come_up_says_why(make_host: Maker, fault: str, port: int, code: int) -> None:
    host = make_host("twin", greet=False, ready=0)
    host.hat.fault(fault, port)
    host.run(4.0)
    host.hello()
    host.until(lambda: host.status, 2.0)
    host.run(1.1)
    assert host.port(port)[0] & p.STATE_FAULT
    assert host.hat.program.ports[port].fault == code
    assert not host.port(LINE_A)[0] & p.STATE_FAULT
    host.hat.fault(fault, port, False)
    host.run(6.0)
    assert not host.port(port)[0] & p.STATE_FAULT


@needs_micropython
def test_faults_on_the_real_interpreter(make_host: Maker) -> None:
    host = make_host("micropython")
    host.hat.fault("isolation lost", LINE_B)
    host.hat.fault("chip silent", D)
    host.until(lambda: fault_of(host, LINE_B) and fault_of(host, D), 3.0)
    works(host, LINE_A)
    works(host, C)
    host.hat.fault("isolation lost", LINE_B, False)
    host.hat.fault("chip silent", D, False)
    host.until(lambda: not fault_of(host, LINE_B) and not fault_of(host, D), 8.0)


@needs_micropython
def test_bytes_through_spi_and_chip_selects_give_the_same(make_host: Maker) -> None:
    """The slow way, one byte and one chip select at a time, brings up the same chips and tells the same events."""

    def told(host: FirmwareHost) -> tuple[list[bytes], list[str]]:
        works(host, LINE_A)
        works(host, D)
        registers = [bytes(chip.registers) for chip in host.hat.chips]
        return registers, [event.name for event in host.events]

    assert told(make_host("micropython", bytewise=True)) == told(make_host("micropython"))


def test_a_frame_of_the_wrong_length_is_a_clock_that_is_missing(twin: FirmwareHost) -> None:
    """63 PCLK a frame: no chip lives on it, and each port says so; with 64 they come up again."""
    for chip in twin.hat.chips:
        chip.set_clocks(504_000, 8_000)
    twin.until(lambda: all(fault_of(twin, port) for port in range(4)), 3.0)
    assert {fault_of(twin, port)[0] for port in range(4)} == {p.FAULT_CLOCK}  # type: ignore[index]
    for chip in twin.hat.chips:
        chip.set_clocks(512_000, 8_000)
    twin.until(lambda: not any(fault_of(twin, port) for port in range(4)), 8.0)


def test_a_program_that_makes_a_frame_of_63_bits_brings_up_no_chip(make_host: Maker, tmp_path: Path) -> None:
    """The whole way: PIO program, state machine, clock lines, chips."""
    shutil.copytree(FIRMWARE / "hat", tmp_path / "a")
    highway = tmp_path / "a" / "tdm.py"
    source = highway.read_text()
    assert "set(x, 30)" in source
    highway.write_text(source.replace("set(x, 30)", "set(x, 29)"))
    host = make_host("twin", greet=False, ready=0, flash=tmp_path)
    host.run(2.0)
    assert not any(chip.clocked for chip in host.hat.chips)
    assert {port.fault for port in host.hat.program.ports} == {p.FAULT_CLOCK}


def test_chips_live_only_while_the_state_machine_runs(make_host: Maker) -> None:
    host = make_host("twin", greet=False, ready=0)
    assert not any(chip.clocked for chip in host.hat.chips)
    host.run(0.1)
    assert all(chip.clocked for chip in host.hat.chips)
    host.hat.kill()
    assert not any(chip.clocked for chip in host.hat.chips)


def test_settings_for_a_dead_chip_are_kept_until_it_lives(twin: FirmwareHost) -> None:
    """The country's row arrives while a handset's chip is silent: nothing breaks, and it rings by the row later."""
    twin.hat.fault("chip silent", D)
    twin.run(0.5)
    twin.config(p.CFG_RING, 500, 60)
    twin.config(p.CFG_LAW, p.LAW_A)
    assert twin.command(p.OP_GAIN, D, -30, 30) == p.ERR_CHIP
    assert twin.command(p.OP_RING, D, 0) == p.ERR_CHIP
    twin.hat.fault("chip silent", D, False)
    twin.until(lambda: twin.of("CHIP_BACK"), 8.0)
    assert twin.hat.restarts == 0
    twin.command(p.OP_RING, D, 0)
    twin.until(lambda: twin.board.handsets["D"].ringing, 2.0)
    ringing = twin.board.lines["D"].loop.ringing
    assert ringing.hz == 50.0 and ringing.volts_rms == pytest.approx(60 / 2**0.5, rel=0.02)
    assert twin.hat.chips[D].law == "a"
