"""The whole supervisor on a voice modem: a call comes in, is greeted, and leaves a message in the store."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path

import pytest

from board.virtual.modem import USR5637, VirtualModem
from drivers.clock import Calendar, SampleLoop
from drivers.modem import ModemLink
from drivers.signals.tones import dtmf
from firmware.supervisor.box import Box
from firmware.supervisor.prompts import Prompts
from firmware.supervisor.recordings.recorder import Recorder
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.settings_table import seed_settings

SETTINGS = """
[box]
country = "CA"

[first_boot.box]
name = "Roy and Martin"

[first_boot.answering]
greeting = "Hello."
"""
WORDS = "Hello, this is Paul Roy, about the contract for the house. Please call me back this afternoon."


@pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed")
def test_a_call_on_a_modem_ends_as_a_message(tmp_path: Path) -> None:
    (tmp_path / "frontdesk.toml").write_text(SETTINGS)
    (tmp_path / "run").mkdir()
    settings = Settings.load(tmp_path, {})
    words = Prompts("en", tmp_path / "words").say(WORDS)
    modem = VirtualModem(USR5637, pace=0.008)
    loop = SampleLoop()
    database = Database(tmp_path / "frontdesk.db")
    database.write(seed_settings, settings.first_boot, now_ms=0).result()
    recorder = Recorder(tmp_path / "recordings")
    link = ModemLink(loop, modem.device, "mu")

    async def story() -> None:
        box = Box(loop, settings, database, recorder, link, Calendar(loop))
        serving = asyncio.ensure_future(box.run())
        async with asyncio.timeout(60):
            while not box.hat.in_service:
                await asyncio.sleep(0.02)
            modem.ring()
            modem.caller_id("5145550123", "PAUL ROY")
            await asyncio.sleep(6.0)  # as an exchange here rings; sooner it would be another caller
            modem.ring()
            await asyncio.to_thread(modem.wait, lambda one: len(one.played) >= 1, 30.0)  # greeting and tone
            modem.say(words)
            modem.say(dtmf("#", on_ms=100, off_ms=100, level_dbm0=-10.0).read(1600))
            await asyncio.to_thread(modem.wait, lambda one: len(one.played) >= 2, 30.0)  # what to do with it
            await asyncio.to_thread(modem.wait, lambda one: one.state == "record", 10.0)
            modem.tell("l")
            await asyncio.to_thread(modem.wait, lambda one: not one.off_hook, 10.0)
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        await box.stop()

    try:
        loop.run_until_complete(story())
    finally:
        link.close()
        recorder.stop()
        loop.close()
        modem.close()
    rows = database.write(
        lambda connection: connection.execute(
            "SELECT c.number_e164, c.name, c.outcome, c.hung_up_by, m.state, r.samples FROM calls c"
            " JOIN messages m ON m.call = c.id JOIN recordings r ON r.id = m.recording"
        ).fetchall()
    ).result()
    database.stop()
    ((number, name, outcome, by, state, samples),) = rows
    assert (number, name, outcome, by, state) == ("+15145550123", "PAUL ROY", "message", "far end", "new")
    assert 0.8 * len(words) < samples < len(words) + 16000
