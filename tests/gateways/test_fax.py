"""A fax machine calls the box: libspandsp plays the machine, over the virtual board's line."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from drivers.signals import g711
from firmware.gateways.fax.terminal import Terminal
from firmware.supervisor.settings import DATABASE_NAME
from tools.scenario.stage import Stage

CLOCK = datetime.fromisoformat("2026-03-02T10:00:00-05:00")
BLOCK = 160


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """Two short pages as a fax machine scans them."""
    pages = []
    for number in (1, 2):
        page = Image.new("1", (1728, 400), 1)
        draw = ImageDraw.Draw(page)
        for line in range(30, 370, 40):
            draw.text((80, line), f"Page {number}, line {line}: the contract for the house " * 4, fill=0)
        pages.append(page)
    path = tmp_path / "letter.tif"
    pages[0].save(path, compression="group3", dpi=(204, 98), save_all=True, append_images=pages[1:])
    return path


def likeness(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that are the same."""
    return float((np.asarray(one) == np.asarray(other)).mean())


def test_two_terminals_exchange_pages(letter: Path, tmp_path: Path) -> None:
    sender = Terminal(tmp_path / "unused.tif", "mu", ident="+1 514 555 0123", sends=letter)
    receiver = Terminal(tmp_path / "received.tif", "mu")
    heard = bytes([g711.SILENCE["mu"]]) * BLOCK
    for _ in range(50 * 120):
        said = receiver.exchange(heard)
        heard = sender.exchange(said)
        if not receiver.active:
            break
    report = receiver.report()
    receiver.close()
    sender.close()
    assert (report.pages, report.ident) == (2, "+1 514 555 0123")
    with Image.open(tmp_path / "received.tif") as received, Image.open(letter) as sent:
        assert received.size[0] == sent.size[0]
        assert likeness(received.crop((0, 0, 1728, 400)), sent) > 0.999


def test_a_block_of_another_length_is_refused(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "received.tif", "mu")
    with pytest.raises(ValueError, match="expected 160"):
        terminal.exchange(b"\xff" * 80)
    terminal.close()


def test_a_fax_that_calls_the_box_becomes_a_tiff_and_a_pdf(letter: Path, tmp_path: Path) -> None:
    stage = Stage(tmp_path / "box", {}, clock=CLOCK, seed=3)
    machine = Terminal(tmp_path / "unused.tif", "mu", ident="+1 514 555 0123", sends=letter)
    call: list[Any] = []

    def whistle(party: Any, block: Any) -> None:
        if call[0].state != "connected":
            return  # a machine that dials hears ringback; it begins when somebody answers
        codes = machine.exchange(g711.encode(np.asarray(block, np.int16), "mu").tobytes())
        party.say(g711.decode(np.frombuffer(codes, np.uint8), "mu"))

    try:
        stage.start()
        for _ in range(50):
            stage.tick()
        call.append(stage.board.exchange.call("A", "+15145550123", "Roy and sons"))
        call[0].party.on_block.append(whistle)
        for _ in range(50 * 150):
            stage.tick()
            if call[0].state == "cleared" or not machine.active:
                break
        for _ in range(50 * 8):
            stage.tick()
        stage.stop()
    finally:
        stage.close()
        machine.close()
    connection = sqlite3.connect(stage.home / DATABASE_NAME)
    connection.row_factory = sqlite3.Row
    (row,) = connection.execute("SELECT outcome, name FROM calls").fetchall()
    assert (row["outcome"], row["name"]) == ("fax", "Roy and sons")
    (fax,) = connection.execute("SELECT * FROM faxes").fetchall()
    assert (fax["pages"], fax["sender"], fax["state"]) == (2, "+1 514 555 0123", "new")
    assert connection.execute("SELECT count(*) FROM messages").fetchone()[0] == 0
    connection.close()
    tiff = stage.home / "faxes" / fax["path"]
    with Image.open(tiff) as received, Image.open(letter) as sent:
        assert likeness(received.crop((0, 0, 1728, 400)), sent) > 0.999
    assert tiff.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
