"""The device-tree overlay: made from the pin map, compiled by dtc, and read back."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from board.eeprom import OVERLAY
from board.overlay import SOURCE, source
from hardware import tables

needs_dtc = pytest.mark.skipif(not shutil.which("dtc"), reason="dtc (device-tree-compiler) is not installed")


def test_the_kept_source_is_what_the_pin_map_gives() -> None:
    assert SOURCE.read_text() == source(), "run: python -m board.overlay > board/overlay/frontdesk-hat.dts"
    assert SOURCE.stem == OVERLAY


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The overlay, compiled as the Pi loads it, as dtc reads it back."""
    blob = tmp_path_factory.mktemp("overlay") / "frontdesk-hat.dtbo"
    made = subprocess.run(
        ["dtc", "-@", "-I", "dts", "-O", "dtb", "-o", str(blob), str(SOURCE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert made.stderr == ""
    read = subprocess.run(
        ["dtc", "-q", "-I", "dtb", "-O", "dts", str(blob)], capture_output=True, text=True, check=False
    )
    assert read.returncode == 0, read.stderr
    return read.stdout


def cells(text: str, group: str, name: str) -> list[int]:
    found = re.search(rf"{group} \{{.*?{re.escape(name)} = <(.*?)>", text, re.DOTALL)
    assert found, (group, name)
    return [int(cell, 16) for cell in found[1].split()]


@needs_dtc
def test_the_uart_takes_its_four_pins(compiled: str) -> None:
    pins = cells(compiled, "frontdesk_uart", "brcm,pins")
    assert pins == sorted(tables.pi_pin(role).gpio for role in ("uart_txd", "uart_rxd", "uart_cts", "uart_rts"))
    assert cells(compiled, "frontdesk_uart", "brcm,function") == [4, 4, 7, 7]
    assert "uart-has-rtscts;" in compiled


@needs_dtc
def test_the_lifeline_is_released_until_the_box_takes_it(compiled: str) -> None:
    pins = cells(compiled, "frontdesk_board", "brcm,pins")
    at = pins.index(tables.pi_pin("lifeline_enable").gpio)
    assert cells(compiled, "frontdesk_board", "brcm,pull")[at] == 1, "pull-down"
    for role in ("mcu_run", "mcu_bootsel"):
        at = pins.index(tables.pi_pin(role).gpio)
        assert cells(compiled, "frontdesk_board", "brcm,function")[at] == 0, f"{role} is left open"


@needs_dtc
def test_what_the_overlay_changes_exists_on_every_pi(compiled: str) -> None:
    fixups = re.search(r"__fixups__ \{(.*?)\};", compiled, re.DOTALL)
    assert fixups
    assert set(re.findall(r"(\w+) = \"", fixups[1])) == {"gpio", "uart0", "i2c1"}
