"""The PDF is made later, by another process: it may be slow, be killed, or meet a page that it cannot draw."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from drivers.clock import SampleLoop
from firmware.fax_files import MOST_LINES
from firmware.supervisor.events import Events, Subscription
from firmware.supervisor.fax import gateway
from firmware.supervisor.fax.pictures import Pictures
from tests.supervisor.fax.conftest import NAME, Home, NextProcess

LISTEN = ("systemd-socket-activate", "--seqpacket", "--accept", "--inetd", "--listen")
GATEWAY = (sys.executable, "-m", "firmware.gateways.fax", "--folder")


def drawing(home: Home, during: Callable[[Pictures, Subscription], Awaitable[None]]) -> None:
    """Runs the box's part that has PDFs made while ``during`` looks on."""
    loop = SampleLoop()
    asyncio.set_event_loop(loop)
    events = Events()
    pictures = Pictures(loop, home.database, events, home.path)

    async def both() -> None:
        told = events.subscribe()
        running = asyncio.ensure_future(pictures.run())
        await during(pictures, told)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    try:
        loop.run_until_complete(both())
    finally:
        loop.close()


async def the_next(told: Subscription) -> tuple[object, object]:
    """State and progress of the fax that is told of next."""
    event = await told.next()
    assert event is not None and event.name == "message"
    return event.data["state"], event.data["progress"]


def has_pdf(home: Home, name: str = NAME) -> bool:
    pdf = (home.faxes / name).with_suffix(".pdf")
    return pdf.exists() and pdf.read_bytes().startswith(b"%PDF")


def leftovers(home: Home) -> set[str]:
    return {path.suffix for path in home.faxes.rglob("*.*")} - {".tif", ".pdf", ".json"}


def test_what_waits_at_the_start_is_made_and_then_what_comes(home: Home) -> None:
    second = NAME.replace("-fax-", "-fax-1")
    home.tiff(3)
    home.row("waiting", 3)

    async def look(pictures: Pictures, told: Subscription) -> None:
        assert await the_next(told) == ("new", "made")
        home.tiff(1, second)
        home.row("waiting", 1, second)
        pictures.wake()
        assert await the_next(told) == ("new", "made")

    drawing(home, look)
    assert has_pdf(home) and has_pdf(home, second)
    pages = (home.faxes / NAME).with_suffix(".pdf").read_bytes()
    assert b"/Count 3" in pages
    assert f"[ 0 0 {1728 * 72 / 204:.2f}".encode() in pages, "as wide as the paper"


def test_a_page_that_cannot_be_drawn_is_said_and_the_next_fax_is_made(home: Home) -> None:
    tiff, second = home.tiff(2), NAME.replace("-fax-", "-fax-1")
    whole = tiff.read_bytes()
    compression = whole.rindex(struct.pack("<HHI", 259, 3, 1)) + 8  # of the last page: tag, a short, one of them
    tiff.write_bytes(whole[:compression] + struct.pack("<H", 7) + whole[compression + 2 :])  # T.6 called JPEG
    home.tiff(1, second)
    for name, pages in ((NAME, 2), (second, 1)):
        home.row("waiting", pages, name)

    async def look(pictures: Pictures, told: Subscription) -> None:
        assert await the_next(told) == ("new", "failed")
        assert await the_next(told) == ("new", "made")

    drawing(home, look)
    assert {row[0]: row[3] for row in home.rows()} == {NAME: "failed", second: "made"}
    assert not has_pdf(home) and has_pdf(home, second)
    assert tiff.exists() and leftovers(home) == set()


@pytest.mark.parametrize(("lines", "progress"), [(MOST_LINES, "made"), (MOST_LINES + 1, "failed")])
def test_the_longest_page_is_drawn_and_a_longer_one_is_not(home: Home, lines: int, progress: str) -> None:
    home.tiff(2, lines=lines)
    home.row("waiting", 2)

    async def look(pictures: Pictures, told: Subscription) -> None:
        assert await the_next(told) == ("new", progress)

    drawing(home, look)


@pytest.mark.parametrize(("sent", "progress"), [(signal.SIGCONT, "made"), (signal.SIGKILL, "failed")])
def test_a_process_that_hangs_holds_nobody_up_and_one_that_is_killed_costs_the_pdf_only(
    home: Home, stopped: NextProcess, sent: signal.Signals, progress: str
) -> None:
    tiff = home.tiff(2)
    home.row("waiting", 2)

    async def look(pictures: Pictures, told: Subscription) -> None:
        process = await asyncio.to_thread(stopped)
        for _ in range(20):  # nobody waits for it: the loop turns, its threads work
            await asyncio.get_running_loop().job(lambda: None)  # type: ignore[attr-defined]
        assert home.rows() == [(NAME, 2, "", "waiting")]
        os.kill(process, sent)
        assert await the_next(told) == ("new", progress)

    drawing(home, look)
    assert home.rows() == [(NAME, 2, "", progress)]
    assert tiff.exists() and has_pdf(home) == (progress == "made")


def test_a_box_that_is_stopped_meanwhile_waits_for_no_pdf_and_makes_it_later(home: Home, stopped: NextProcess) -> None:
    home.tiff(1)
    home.row("waiting", 1)

    async def stop(pictures: Pictures, told: Subscription) -> None:
        await asyncio.to_thread(stopped)

    drawing(home, stop)
    assert home.rows() == [(NAME, 1, "", "waiting")]


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="systemd-socket-activate is not installed")
def test_where_systemd_listens_it_starts_the_process(home: Home) -> None:
    home.tiff(1)
    home.row("waiting", 1)
    (home.path / "run").mkdir()
    listening = subprocess.Popen(
        [*LISTEN, str(home.path / gateway.SOCKET), "-E", f"PYTHONPATH={Path.cwd()}", *GATEWAY, str(home.faxes)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert listening.stderr is not None
        assert "Listening on" in listening.stderr.readline()

        async def look(pictures: Pictures, told: Subscription) -> None:
            assert await the_next(told) == ("new", "made")

        drawing(home, look)
    finally:
        listening.terminate()
        said = listening.communicate()[1]
    assert "Connection from" in said or "Spawned" in said
    assert has_pdf(home)
