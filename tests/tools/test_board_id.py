"""Writing and showing who a board is, on a virtual board's bus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from board.eeprom import identity
from board.virtual.header_socket import serve_i2c
from board.virtual.i2c import VirtualI2c
from hardware.id_eeprom import pack
from tools.board_id import main


@pytest.fixture
def board() -> VirtualI2c:
    return VirtualI2c()


@pytest.fixture
def bus(board: VirtualI2c, tmp_path: Path) -> Iterator[str]:
    server = serve_i2c(board, tmp_path / "i2c.sock")
    yield f"unix:{tmp_path / 'i2c.sock'}"
    server.close()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "id.bin"
    path.write_bytes(pack(identity()))
    return path


def test_a_blank_board_is_given_its_identity(
    board: VirtualI2c, bus: str, image: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--bus", bus, "show"]) == 1
    assert "the chip is blank" in capsys.readouterr().err
    board.eeprom.jumper = True
    assert main(["--bus", bus, "write", str(image)]) == 0
    written = capsys.readouterr().out
    board.eeprom.jumper = False
    assert main(["--bus", bus, "show"]) == 0
    assert capsys.readouterr().out == written
    assert "LineHAT-4" in written


def test_without_the_jumper_nothing_is_written_and_that_is_said(
    bus: str, image: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--bus", bus, "write", str(image)]) == 1
    assert "set JP1" in capsys.readouterr().err


def test_a_wrong_image_is_refused_before_the_chip_is_touched(
    board: VirtualI2c, bus: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.bin"
    wrong.write_bytes(b"R-Pi and more")
    assert main(["--bus", bus, "write", str(wrong)]) == 2
    assert str(wrong) in capsys.readouterr().err
    assert len(board.history) == 0


def test_a_board_without_the_chip_and_a_bus_that_is_not_there(
    board: VirtualI2c, bus: str, capsys: pytest.CaptureFixture[str]
) -> None:
    board.eeprom.absent = True
    assert main(["--bus", bus, "show"]) == 2
    assert "does not answer" in capsys.readouterr().err
    assert main(["--bus", "/dev/i2c-99", "show"]) == 2
