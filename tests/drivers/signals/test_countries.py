"""The country table: every row whole and plausible, and a wrong table refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import phonenumbers
import pytest

from drivers.signals import countries, levels
from drivers.signals.rows import TableError
from drivers.signals.tones import ToneSource
from firmware.hat import protocol

ROWS = countries.countries()


def test_there_are_at_least_forty_countries() -> None:
    assert len(ROWS) >= 40


@pytest.mark.parametrize("code", ROWS)
def test_every_row_can_be_used(code: str) -> None:
    """All of a row through the things that read it: phonenumbers, the link's CFG, a tone source."""
    row = ROWS[code]
    assert f"ITU-T E.180 Supplement 2 (2003): {row.name}" in row.sources  # where its tones come from
    assert row.dialling.country_code == phonenumbers.country_code_for_region(row.dialling.region)
    assert row.law == ("mu" if code in {"CA", "US", "JP", "TW", "HK", "KR", "PA"} else "a")
    ring, fxo = row.ring, row.fxo
    registers = (fxo.ohs, fxo.ohs2, fxo.rz, fxo.rt, fxo.ilim, fxo.dcv, fxo.mini, fxo.acim)
    cadence = (ring.cadence_ms * 4)[:8]
    assert (
        protocol.unpack_args(
            protocol.CFG_KEYS, protocol.CFG_FXO, protocol.pack_args(protocol.CFG_KEYS, protocol.CFG_FXO, *registers)
        )
        == registers
    )
    protocol.pack_args(protocol.CFG_KEYS, protocol.CFG_CADENCE, 1, *cadence)
    protocol.pack_args(protocol.CFG_KEYS, protocol.CFG_RING, round(10 * ring.hz), ring.volts_peak)
    assert sum(ring.cadence_ms) <= 10000
    for name, tone in row.tones.items():
        heard = ToneSource(tone).read(24000)
        assert -45.0 < levels.dbm0(heard) < 3.2, name
        assert np.abs(heard).max() < 32767, name


@pytest.mark.parametrize("code", ROWS)
def test_ringback_can_be_told_from_busy(code: str) -> None:
    tones = ROWS[code].tones
    assert tones["ringback"] != tones["busy"]
    assert tones["dial"] not in (tones["busy"], tones["ringback"])


@pytest.mark.parametrize("code", ROWS)
def test_the_first_emergency_number_is_one_for_libphonenumber_too(code: str) -> None:
    assert phonenumbers.is_emergency_number(ROWS[code].emergency.numbers[0], code)


EUROPE = "GB FR DE NL FI ES NO AT IT GR SE BE HU LT PL PT EE CH DK CZ BG IE".split()


@pytest.mark.parametrize("code", EUROPE)
def test_112_reaches_help_all_over_europe(code: str) -> None:
    assert "112" in ROWS[code].emergency.numbers and "112" not in ROWS[code].emergency.may_be_longer


HELP = '{ number = "911", name = "help", emergency = true, may_be_longer = false, source = "s" }'


def row_with(**changes: str) -> str:
    fields = {
        "name": '"X"', "law": '"mu"', "impedance": '"600"', "sources": '["s"]',
        "ring": "{ hz = 20.0, cadence_ms = [2000, 4000], volts_peak = 89 }",
        "caller_id": '{ scheme = "bell202", alert = "ring", also = [], category_digits = 0 }',
        "hook": "{ flash_min_ms = 100, flash_max_ms = 700, flash_send_ms = 300, cpc_min_ms = 80, cpc_send_ms = 300 }",
        "short_numbers": f"[{HELP}]",
        "codes": '[{ dial = "*67", does = "withhold", source = "s" }]',
        "fxo": "{ ohs = 0, ohs2 = 0, rz = 0, rt = 0, ilim = 0, dcv = 3, mini = 0, acim = 0 }",
        "gain": "{ send_db = 0.0, receive_db = 0.0 }",
        "dialling": '{ region = "CA", country_code = 1, international = "011", trunk = "1", local_digits = [7], '
                    "local_never = [], carrier_digits = 0 }",
        "tones": '{ dial = "350", ringback = "440/2000,0/4000", busy = "480/500,0/500", reorder = "480/250,0/250" }',
    } | changes  # fmt: skip
    return "[XX]\n" + "\n".join(f"{name} = {value}" for name, value in fields.items() if value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"lwa": '"mu"'}, r"\[XX\] lwa: unknown \(nearest: law\)"),
        ({"law": '"u"'}, 'law = \'u\': expected "mu" or "a"'),
        ({"law": ""}, "law: missing"),
        ({"ring": "{ hz = 20, cadence_ms = [200, 400], volts = 3 }"}, r"ring\.volts: unknown \(nearest: volts_peak\)"),
        ({"ring": "{ hz = 2000.0, cadence_ms = [2000, 4000], volts_peak = 89 }"}, r"ring\.hz = 2000.*15 to 68 Hz"),
        ({"ring": "{ hz = 20.0, cadence_ms = [2000], volts_peak = 89 }"}, r"ring\.cadence_ms"),
        ({"short_numbers": "[" + HELP.replace("911", "9a1") + "]"}, r"\[0\]\.number = '9a1': expected 2 to 8"),
        ({"short_numbers": "[" + HELP.replace('"s"', '""') + "]"}, r"short_numbers\[0\]\.source = ''"),
        ({"short_numbers": "[]"}, "short_numbers = .*: expected an emergency number"),
        ({"short_numbers": f"[{HELP}, {HELP}]"}, "short_numbers = .*: expected each number once"),
        ({"short_numbers": f"[{HELP}, {HELP}]".replace("911", "9119", 1)}, "expected may_be_longer at 911"),
        ({"short_numbers": '"911"'}, "short_numbers = '911': expected a list of tables"),
        ({"codes": '[{ dial = "*07", does = "withhold", source = "s" }]'}, r"codes\[0\]\.dial = .*those are ours"),
        ({"codes": '[{ dial = "*67", does = "hide", source = "s" }]'}, r"codes\[0\]\.does = 'hide'"),
        ({"caller_id": '{ scheme = "bell", alert = "ring", also = [], category_digits = 0 }'}, r"scheme = 'bell'"),
        ({"fxo": "{ ohs = 0, ohs2 = 0, rz = 0, rt = 0, ilim = 0, dcv = 4, mini = 0, acim = 0 }"}, r"fxo\.dcv = 4"),
        ({"gain": "{ send_db = 13.0, receive_db = 0.0 }"}, r"gain\.send_db = 13.0: expected -15 to 12 dB"),
        ({"tones": '{ dial = "350", ringback = "440/2000,0/4000", busy = "480/500,0/500" }'}, "reorder"),
        ({"tones": '{ dail = "350" }'}, r"tones\.dail: unknown \(nearest: dial\)"),
        ({"tones": '{ dial = "35o" }'}, r"tones\.dial: .*35o"),
        ({"sources": "[]"}, "sources"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_refused_in_words(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    table = tmp_path / "countries.toml"
    table.write_text(row_with(**changes))
    if not said:
        assert countries.read(table)["XX"].name == "X"
        return
    with pytest.raises(TableError, match=r"countries\.toml: \[XX\] .*" + said.replace(r"\[XX\] ", "")):
        countries.read(table)


def test_an_unreadable_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"nothing\.toml"):
        countries.read(tmp_path / "nothing.toml")


def test_an_unknown_country_names_the_nearest() -> None:
    assert countries.country("ca").name == "Canada"
    with pytest.raises(KeyError, match="no country 'UK'"):
        countries.country("UK")
