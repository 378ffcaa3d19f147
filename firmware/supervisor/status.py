"""What pages show of the box as it is now: lines, handsets, calls, and whether all is well.

Functions of the running box, for the control socket and for events. A value that is not known is None, never 0.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from drivers.ports.port import Port
from drivers.signals.echo.canceller import ECHO_ENGINE
from firmware.supervisor import VERSION
from firmware.supervisor.fax.library import fax_library
from firmware.supervisor.health import check as _check
from firmware.supervisor.store import room
from hardware import tables

if TYPE_CHECKING:
    from firmware.supervisor.box import Box

LOW_SUPPLY_MV = 4700  # below it the HAT rings no telephone, firmware/hat/supply.py
SLOW_REMEDY = "It may be noticed a little later that something happens there. If it stays, the board must be swapped."
ECHO_WORDS = "A model of the line takes our own voice out of what it gives back"
LINE_WORDS = {
    "fault": "The line's chip does not answer as it should.",
    "dead": "There is no voltage on the line: it is unplugged, or out of order.",
}


def port_status(box: Box, port: Port) -> dict[str, Any]:
    """One line or handset."""
    reported = box.link.status.ports[port.index : port.index + 1]
    volts, ma = reported[0][1:3] if reported else (None, None)
    call = box.on_line.get(port.name)
    return {
        "name": port.name,
        "label": box.label(port),
        "state": _word(box, port),
        "volts": volts,
        "ma": ma,
        "fault": port.fault,
        "call": call.id if call is not None else None,
    }


def status(box: Box) -> dict[str, Any]:
    """``status.get`` of docs/architecture.md, without what only the store knows."""
    return {
        "clock": box.calendar.now().isoformat(timespec="seconds"),
        "in_service": box.in_service,
        "lines": [port_status(box, port) for port in box.bank.lines],
        "handsets": [port_status(box, port) for port in box.bank.handsets],
        "calls": [call.live() for call in box.calls if not call.ended and call.columns],
        "link": dataclasses.asdict(box.link.counters),
    }


def health(box: Box) -> dict[str, Any]:
    """``health.get`` of docs/architecture.md: each check with its state, a sentence and what to do."""
    checks = [
        _link(box),
        *(_line(box, port) for port in box.bank.lines),
        *(_handset(port) for port in box.bank.handsets if port.fault),
        *_lifeline(box),
        _store(box),
        _recordings(box),
        _disk(box),
        *_supply(box),
        *_board(box),
        *(line for source in box.health_sources for line in source()),
        _echo(),
        _fax(),
        *([_check("Prompts", "fault", f"{box.voice.fault}.", "Run make setup again.")] if box.voice.fault else []),
        *([_check("Pins", "fault", box.pins.fault, "Check that the HAT sits firmly.")] if box.pins.fault else []),
    ]
    return {
        "checks": checks,
        "link": dataclasses.asdict(box.link.counters),
        "hat": dataclasses.asdict(box.link.status) | {"firmware": box.link.hello.firmware, "uid": box.link.hello.uid},
        "version": VERSION,
        "last_fault": box.last_fault,
    }


def _word(box: Box, port: Port) -> str:
    if not box.in_service:
        return "not in service"
    if port.out_of_order:
        return "fault"
    if port.kind == "handset":
        return "in use" if port.off_hook else "idle" if port.user is None else port.user.state
    if not port.battery:
        return "dead"
    if port.user is not None:
        return port.user.state
    if port.ringing or port.name in box.incoming:
        return "ringing"
    return "other telephone" if port.in_use else "idle"


def _link(box: Box) -> dict[str, str]:
    if box.in_service:
        return _check("HAT", "ok", f"The HAT answers (firmware {box.link.hello.firmware}).")
    return _check(
        "HAT",
        "fault",
        f"The HAT is not in service: {box.last_fault or 'it has not answered yet'}.",
        "The telephone on socket C works on line A meanwhile. Check that the HAT sits firmly, then restart the box.",
    )


def _line(box: Box, port: Port) -> dict[str, str]:
    word = _word(box, port)
    name = f"Line {port.name}"
    if word in LINE_WORDS:
        reason = f" ({port.fault})" if port.fault else ""
        return _check(name, "fault", LINE_WORDS[word] + reason, "Plug a telephone into the wall socket and listen.")
    if port.fault:
        return _check(name, "warn", f"The line works, and is {word}; the HAT says: {port.fault}.", SLOW_REMEDY)
    return _check(name, "ok" if box.in_service else "warn", f"The line is {word}.")


def _handset(port: Port) -> dict[str, str]:
    if not port.out_of_order:
        return _check(f"Handset {port.name}", "warn", f"The handset works; the HAT says: {port.fault}.", SLOW_REMEDY)
    text = f"The HAT's circuit for this handset does not work ({port.fault})."
    remedy = "Unplug the telephone from this socket and look again; if it stays, the board must be swapped."
    return _check(f"Handset {port.name}", "fault", text, remedy)


def _lifeline(box: Box) -> list[dict[str, str]]:
    """Which side telephone C is on; its relay needs both the HAT's pin and the Pi's. A voice modem has none."""
    name = "Lifeline"
    if not box.in_service or not box.bank.handsets:
        return []
    if not box.pins.there:
        text = "No GPIO pins are set up: on a HAT, telephone C stays on line A and the box does not serve it."
        return [_check(name, "warn", text, "Set gpio.device to RPi.GPIO in frontdesk.toml and start the box again.")]
    if not box.pins.lifeline_held:
        pin = tables.pi_pin("lifeline_enable")
        text = (
            f"The Pi's pin LIFELINE_EN (header pin {pin.number}) stays low: "
            "telephone C is on line A, and the box does not serve it."
        )
        return [_check(name, "fault", text, "Check that the HAT sits firmly and that no other program uses the pin.")]
    if box.link.status.relay is None:
        return []
    if not box.link.status.relay:
        text = "Telephone C is on line A itself; the box takes it back when that line is idle."
        return [_check(name, "warn", text, "Put down every telephone on line A.")]
    return [_check(name, "ok", "Telephone C is on the box; when box or HAT fail, it falls to line A.")]


def _store(box: Box) -> dict[str, str]:
    well = box.database.health()
    if well.degraded is None:
        return _check("Call log", "ok", "Calls and messages are being written.")
    return _check("Call log", "fault", f"Calls cannot be written: {well.degraded}.", "Free space, or replace the disk.")


def _recordings(box: Box) -> dict[str, str]:
    failure = box.recorder.health()
    if failure is None:
        return _check("Recordings", "ok", "Messages are being recorded.")
    return _check("Recordings", "fault", f"Messages cannot be recorded: {failure}.", "Free space, or replace the disk.")


def _disk(box: Box) -> dict[str, str]:
    free = room.free(box.settings.home)
    words = f"{free / 2**30:.1f} GB are free."
    if free > room.LOW:
        return _check("Disk", "ok", words)
    state = "fault" if free < room.RESERVE else "warn"
    remedy = "Delete old messages, which frees their room at once while it is short, or set how long they are kept."
    return _check("Disk", state, words, remedy)


def _supply(box: Box) -> list[dict[str, str]]:
    """The HAT's own measure of its 5 V, while it is too low."""
    mv = box.link.status.mv_5v
    if not box.in_service or mv is None or mv >= LOW_SUPPLY_MV:
        return []
    text = f"The HAT's 5 V supply is at {mv / 1000:.2f} V: its handsets (C and D) do not ring."
    return [_check("Supply", "fault", text, "Use a stronger supply; unplug what else it feeds.")]


def _board(box: Box) -> list[dict[str, str]]:
    """The board's own devices, where there is a bus."""
    seen = box.board.survey
    if box.board.fault:
        return [_check("Board", "fault", f"{box.board.fault}.", "Check that the HAT sits firmly.")]
    if seen is None:
        return []
    if seen.faults:
        return [_check("Board", "warn", f"{' '.join(seen.faults.values())}", "Calls go on; have the board looked at.")]
    parts = [] if seen.celsius is None else [f"{seen.celsius:.0f} °C"]
    if seen.supply is not None:
        parts.append(f"{seen.supply.millivolts / 1000:.2f} V, {seen.supply.milliamps:.0f} mA")
    parts.append("12 V is plugged in" if seen.jack_12v else "no 12 V: its handsets ring one at a time")
    state = "warn" if seen.restarts else "ok"
    dips = f"; its supply dipped {seen.restarts} times" if seen.restarts else ""
    return [
        _check("Board", state, f"The board is at {', '.join(parts)}{dips}.", "Use a stronger supply." if dips else "")
    ]


def _fax() -> dict[str, str]:
    if fax_library():
        return _check("Fax", "ok", "Faxes that call can be received.")
    return _check("Fax", "warn", "Faxes cannot be received: libspandsp is not on this machine.", "Install libspandsp2.")


def _echo() -> dict[str, str]:
    if ECHO_ENGINE == "speexdsp":
        return _check("Echo canceller", "ok", f"{ECHO_WORDS}; {ECHO_ENGINE} waits behind it for echo that comes late.")
    return _check(
        "Echo canceller",
        "warn",
        f"{ECHO_WORDS}; libspeexdsp is not on this machine, so a slower canceller of our own takes out late echo.",
        "Install the package libspeexdsp1.",
    )
