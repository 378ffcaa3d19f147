"""Ringing, the hook and the settings of a line's chip, with the chip's real delays and what it loses by itself."""

from __future__ import annotations

import tomllib

import pytest

from firmware.hat import protocol as p
from tests.hat.conftest import LINE_A, ROOT, FirmwareHost, Maker, fault_of

COUNTRIES = tomllib.loads((ROOT / "board" / "countries.toml").read_text())


def _one_country_a_cadence() -> list[str]:
    seen: dict[tuple[int, ...], str] = {}
    for code, row in COUNTRIES.items():
        if isinstance(row, dict) and "ring" in row:
            seen.setdefault(tuple(row["ring"]["cadence_ms"]), code)
    return sorted(seen.values())


@pytest.mark.parametrize("country", _one_country_a_cadence())
def test_a_line_rings_within_its_first_burst(make_host: Maker, country: str) -> None:
    host = make_host("twin", country)
    burst_ms = COUNTRIES[country]["ring"]["cadence_ms"][0]
    called = host.board.now
    host.board.exchange.call("A", "+15145550123")
    host.until(lambda: host.of("RING_START"), 8.0)
    began = host.of("RING_START")[0]
    assert began.told - began.at <= (burst_ms + 100) * 8, "told while it still rings"
    assert began.told > called


def test_a_hook_that_the_chip_let_go_is_closed_again(twin: FirmwareHost) -> None:
    call = twin.board.exchange.call("A", "+15145550123")
    twin.until(lambda: twin.of("RING_START"))
    twin.command(p.OP_OFFHOOK, LINE_A)
    twin.until(lambda: call.state == "connected")
    twin.hat.lines[0].drop_hook()
    twin.run(0.1)
    assert twin.hat.lines[0].registers[5] & 1
    twin.run(1.0)
    assert call.state == "connected" and fault_of(twin, LINE_A) is None


@pytest.mark.parametrize("register", [16, 17, 22, 23, 24, 31, 34, 36, 38, 39, 59])
def test_a_setting_that_the_chip_has_lost_is_found(twin: FirmwareHost, register: int) -> None:
    twin.hat.lines[0].registers[register] ^= 0x40
    twin.run(1.0)
    fault = fault_of(twin, LINE_A)
    assert fault is not None or twin.of("CHIP_BACK")
    told = next(event for event in twin.events if event.name == "CHIP_FAULT")
    assert f"register {register}" in bytes(told.args[1]).decode()


def test_overloads_that_the_chip_notes_itself_are_no_lost_setting(twin: FirmwareHost) -> None:
    twin.hat.lines[0].registers[17] |= 0x02
    twin.run(1.0)
    assert not twin.of("CHIP_FAULT")
