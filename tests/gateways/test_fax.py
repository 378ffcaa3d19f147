"""A fax machine calls the box: libspandsp plays the machine, over the virtual board's line."""

from __future__ import annotations

from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from drivers.signals import g711
from firmware.gateways.fax.terminal import LIBRARY, Terminal
from tests.webui.conftest import Browser
from tests.webui.office import Office
from tools.scenario.fax_machine import FaxMachine, alike
from tools.scenario.log import read_log
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
    report = receiver.progress()
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


def ring(stage: Stage, letter: Path) -> Any:
    """A machine calls line A, waits for the answer, sends the letter; the call, a while after the machine is done."""
    call = stage.board.exchange.call("A", "+15145550123", "Roy and sons")
    machine: FaxMachine | None = None
    for _ in range(50 * 150):
        stage.tick()
        if machine is None and call.state == "connected":
            machine = FaxMachine(call.party, letter, "+1 514 555 0123", lambda: call.state == "cleared")
        if machine is not None and machine.done:
            break
    assert machine is not None
    machine.close()
    for _ in range(50 * 8):
        stage.tick()
    return call


def after_a_fax(folder: Path, letter: Path) -> Path:
    """The home of a box that a fax machine has called."""
    stage = Stage(folder / "box", {}, clock=CLOCK, seed=3)
    try:
        stage.start()
        ring(stage, letter)
        stage.stop()
    finally:
        stage.close()
    return stage.home


def look(home: Path, paths: list[str]) -> list[str]:
    """What a user of this box reads on its pages, once it serves them again."""
    office = Office(home)
    office.start()
    web = office.web()
    try:
        office.user()
        browser = Browser(web)
        browser.log_in()
        return [unescape(browser.get(path).body.decode(errors="replace")) for path in paths]
    finally:
        web.state.close()
        office.stop()


def test_a_fax_that_calls_the_box_becomes_a_tiff_and_a_pdf_on_the_page(letter: Path, tmp_path: Path) -> None:
    home = after_a_fax(tmp_path, letter)
    log = read_log(home)
    (call,), (fax,) = log.calls, log.faxes
    assert (call["outcome"], call["name"], log.messages) == ("fax", "Roy and sons", [])
    assert (fax["pages"], fax["sender"], fax["state"], fax["pdf"]) == (2, "+1 514 555 0123", "new", True)
    assert alike(log.tiffs[fax["id"]], letter)
    messages, row, pdf = look(home, ["/messages", "/calls/1", "/faxes/1.pdf"])
    assert "Roy and sons" in messages and "2 pages" in messages and 'href="/faxes/1.pdf"' in messages
    assert "Fax with 2 pages" in row and "Ended by" in row
    assert pdf.startswith("%PDF")


def test_without_the_library_the_call_is_logged_as_a_fax_and_the_page_says_why(
    letter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The box's processes find an empty file in the library's place; the machine that calls has it loaded already."""
    Terminal(tmp_path / "loaded.tif", "mu").close()
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / LIBRARY).touch()
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path / "lib"))
    home = after_a_fax(tmp_path, letter)
    log = read_log(home)
    (call,) = log.calls
    assert (call["outcome"], call["hung_up_by"]) == ("fax", "box")
    assert call["why"] == "no fax library"
    assert (log.faxes, log.messages) == ([], [])
    messages, row = look(home, ["/messages", "/calls/1"])
    assert 'id="faxes-title"' not in messages
    assert "libspandsp is not on this machine" in row
