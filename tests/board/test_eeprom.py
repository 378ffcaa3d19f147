"""The board's own EEPROM image, as the packer writes it."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from board.eeprom import OVERLAY, PRODUCT, VENDOR, gpio_uses, identity
from hardware import tables
from hardware.id_eeprom import unpack

ROOT = Path(__file__).resolve().parents[2]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, "-m", "board.eeprom", *words]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("version", [1, 2])
def test_a_packed_image_tells_who_the_board_is(version: int, tmp_path: Path) -> None:
    image = tmp_path / "id.bin"
    unique = "12345678-1234-5678-1234-567812345678"
    packed = run("pack", str(image), "--version", str(version), "--uuid", unique)
    assert packed.returncode == 0, packed.stderr
    found = unpack(image.read_bytes())
    assert (found.vendor, found.product, found.overlay) == (VENDOR, PRODUCT, OVERLAY)
    assert found.uuid == uuid.UUID(unique)
    assert run("show", str(image)).stdout == packed.stdout
    assert unique in packed.stdout


def test_two_boards_are_never_the_same() -> None:
    assert identity().uuid != identity().uuid


def test_the_map_uses_what_the_board_uses_and_nothing_the_pi_keeps() -> None:
    uses = gpio_uses()
    roles = {pin.gpio: pin for pin in tables.pins() if pin.ref == tables.PI and pin.name.startswith("GPIO")}
    assert not {0, 1} & set(uses), "the ID pins are the boot loader's"
    for gpio, pin in roles.items():
        assert (gpio in uses) == (pin.role not in ("free", "reserved", "id_sd", "id_sc")), pin
    assert {gpio for gpio, use in uses.items() if use.function == 7} == {16, 17}, "UART CTS and RTS are ALT3"
    assert {gpio for gpio, use in uses.items() if use.function == 4} == {2, 3, 14, 15}, "I2C1 and UART are ALT0"
    assert uses[tables.pi_pin("mcu_run").gpio].function == 0, "RUN is never driven at boot"


def test_a_file_that_is_no_image_is_refused_in_one_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.bin"
    wrong.write_bytes(b"\xff" * 4096)
    done = run("show", str(wrong))
    assert done.returncode == 2
    assert done.stderr == f"{wrong}: no ID EEPROM: the chip is blank, expected b'R-Pi'\n"
    assert run("show", str(tmp_path / "absent.bin")).returncode == 2
