"""``python -m firmware.supervisor``: the program on the Pi.

Exit codes: 0 stopped by a signal or, in lockstep, because the board has gone; 2 the settings, the store or the device
are wrong, said in one line.
"""

from __future__ import annotations

import argparse
import asyncio
import faulthandler
import fcntl
import logging
import signal
import sqlite3
import sys
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path

from drivers.clock import Calendar, SampleLoop
from drivers.link import Link
from drivers.modem import ModemLink
from drivers.signals import blas
from drivers.signals.countries import country
from drivers.signals.echo.canceller import ECHO_ENGINE_NOTE
from drivers.system_clock import synchronised
from drivers.telephone import Telephone
from drivers.uart import LinkError
from firmware.supervisor.box import Box
from firmware.supervisor.control.server import ControlServer
from firmware.supervisor.duties import start_report
from firmware.supervisor.duties.backups import BACKUPS, Backups
from firmware.supervisor.duties.clock_watch import ClockWatch
from firmware.supervisor.duties.drafts import Drafts
from firmware.supervisor.duties.heartbeat import Heartbeat
from firmware.supervisor.duties.housekeeping import Housekeeping
from firmware.supervisor.duties.roster import Roster
from firmware.supervisor.duties.service_manager import ServiceManager
from firmware.supervisor.fax.adopting import adopt
from firmware.supervisor.fax.gateway import FOLDER
from firmware.supervisor.recordings.recorder import Recorder
from firmware.supervisor.recordings.recovery import recover
from firmware.supervisor.settings.in_force import DATABASE_NAME, Settings, home_folder
from firmware.supervisor.settings.schema import SettingsError
from firmware.supervisor.store import ownership, room, users
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import StoreError
from firmware.supervisor.store.opening import Opened, open_store
from firmware.supervisor.store.settings_table import seed_settings, stored_settings

log = logging.getLogger("firmware.supervisor")

MODEM = "modem:"


def main(arguments: list[str] | None = None) -> int:
    """Parses the command line and serves until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m firmware.supervisor", description="The program on the Pi.")
    parser.add_argument("--home", type=Path, default=home_folder(), help="where the box keeps everything it owns")
    parser.add_argument("--device", help="serial device of the HAT, instead of the setting link.device")
    parser.add_argument("--lockstep", help="lockstep socket of a virtual board, instead of link.lockstep")
    parser.add_argument("--gpio", help="GPIO device (RPi.GPIO or unix:PATH), instead of the setting gpio.device")
    parser.add_argument("--i2c", help="I2C bus (/dev/i2c-1 or unix:PATH), instead of the setting i2c.device")
    parser.add_argument("--clock", type=datetime.fromisoformat, help="calendar start (with offset), for scenarios")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    faulthandler.enable()  # SIGABRT from the watchdog: where each thread stood
    blas.one_thread()
    if ECHO_ENGINE_NOTE:
        log.warning("%s", ECHO_ENGINE_NOTE)
    try:
        return _serve(options)
    except OSError as error:
        print(f"frontdesk: {error.filename or options.home}: {error.strerror or error}", file=sys.stderr)
        return 2
    except (SettingsError, StoreError, sqlite3.Error, LinkError, ValueError) as error:
        print(f"frontdesk: {error}", file=sys.stderr)
        return 2


def _serve(options: argparse.Namespace) -> int:
    home: Path = options.home
    (home / "run").mkdir(parents=True, exist_ok=True)
    given = {
        "link.device": options.device,
        "link.lockstep": options.lockstep,
        "gpio.device": options.gpio,
        "i2c.device": options.i2c,
    }
    settings = Settings.load(home, {key: value for key, value in given.items() if value})
    if not settings.text("link.device"):
        raise SettingsError(f"{home / 'frontdesk.toml'}: link.device: expected the HAT's serial device, it is not set")
    with (home / "run" / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # before the store is touched: calls may be going on in it
        except BlockingIOError:
            raise LinkError(f"{home}: another supervisor runs on this home") from None
        opened = _open_store(home, options.clock or datetime.now().astimezone())
        try:
            return _with_store(options, settings, opened)
        finally:
            opened.database.stop()


def _open_store(home: Path, now: datetime) -> Opened:
    """The store, whatever its file and the disk say: telephones ring all the same."""
    try:
        if room.give_up_ballast(home):
            log.warning("the disk is full: the ballast file is given up")
    except OSError as error:
        log.error("%s: %s", home, error)
    return open_store(home / DATABASE_NAME, home / BACKUPS, f"{now:%Y%m%d-%H%M%S}")


def _read_settings(settings: Settings, database: Database, now_ms: int, loop: SampleLoop) -> None:
    """Takes over what the page has set; where the store cannot be read now, as soon as it can."""

    def accept(rows: Mapping[str, object]) -> None:
        for complaint in settings.accept_stored(rows):
            log.warning("setting left out: %s", complaint)

    def read(done: Future[dict[str, object]]) -> None:
        if done.exception() is None:
            accept(done.result())
        else:
            log.error("settings: %s; the defaults are in force", done.exception())

    database.keep(seed_settings, settings.first_boot, now_ms=now_ms)
    reading = database.keep(stored_settings)
    reading.tried.result()
    if reading.done.done():
        read(reading.done)
        return
    log.error("the settings of the page cannot be read yet: the defaults are in force")
    reading.done.add_done_callback(lambda done: loop.call_soon_threadsafe(read, done))


def _with_store(options: argparse.Namespace, settings: Settings, opened: Opened) -> int:
    home: Path = options.home
    database = opened.database
    lockstep = settings.text("link.lockstep") or None
    loop = SampleLoop(lockstep=lockstep is not None)
    asyncio.set_event_loop(loop)
    calendar = Calendar(loop, options.clock)
    _read_settings(settings, database, calendar.now_ms(), loop)
    database.keep(_keep_owner, home)
    found = recover(database, home / "recordings", rows_lost=bool(opened.why))
    if found.calls or found.messages:
        log.warning("recovered after a stop: %d calls, %d messages", len(found.calls), len(found.messages))
    adopted = adopt(database, home / FOLDER)
    if adopted:
        log.warning("recovered after a stop: %d faxes", len(adopted))
    recorder = Recorder(home / "recordings")
    link = _telephone(loop, settings, lockstep)
    try:
        box = Box(loop, settings, database, recorder, link, calendar)
        box.health.add(lambda: start_report.checks(opened, found))
        loop.run_until_complete(_until_stopped(loop, box, home / "run" / "control.sock"))
        return 0
    finally:
        link.close()
        recorder.stop()
        loop.close()


def _keep_owner(connection: sqlite3.Connection, home: Path) -> None:
    """A box that has a user has had its first visit, whatever becomes of its database."""
    if users.any_user(connection):
        ownership.mark_owned(home)


def _telephone(loop: SampleLoop, settings: Settings, lockstep: str | None) -> Telephone:
    """The HAT, or for ``modem:DEVICE`` a voice modem. Raises LinkError."""
    device = settings.text("link.device")
    if not device.startswith(MODEM):
        return Link(loop, device, lockstep)
    row = country(settings.text("box.country"))
    return ModemLink(loop, device.removeprefix(MODEM), "a" if row.law == "a" else "mu")


def _duties(loop: SampleLoop, box: Box, manager: ServiceManager) -> Roster:
    """What runs beside the calls; each says on Health how it fares."""
    parts = box.parts
    home = parts.settings.home
    backups = Backups(loop, parts.calendar, parts.database.path, home)
    clock = ClockWatch(loop, parts.calendar, parts.database, box.hat.board.clock, synchronised)
    recordings = parts.studio.recorder.folder
    house = Housekeeping(loop, parts.calendar, parts.database, recordings, home / FOLDER, parts.settings, clock)
    roster = Roster()
    roster.add("housekeeping", house.keep)
    roster.add("watch over the board", box.hat.board.watch)
    roster.add("backup", backups.keep)
    roster.add("sign of life", Heartbeat(loop, manager).keep)
    roster.add("maker of PDF files of faxes", box.fax_pictures.run)
    drafts = Drafts(loop, parts.database, parts.events, parts.settings, recordings, lambda: bool(parts.live.going_on))
    roster.add("writer of draft texts", drafts.keep)
    for name, keep in parts.bank.keepers():
        roster.add(f"connection to the ports {name}", keep)
    box.health.add(clock.checks, house.checks, backups.checks, roster.checks)
    return roster


async def _until_stopped(loop: SampleLoop, box: Box, socket: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    box.hat.link.on_gone = stop.set if loop.lockstep else lambda: None
    server = ControlServer(socket, box.desk)
    await server.start()
    serving = asyncio.ensure_future(box.run())
    manager = ServiceManager()
    duties = _duties(loop, box, manager)
    duties.start()
    manager.ready()
    # in lockstep every box of every test would wait for it: there it is loaded with the first word that is said
    warming = [] if loop.lockstep else [asyncio.ensure_future(box.ears.open())]
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in (serving, stopping, *warming):
        task.cancel()
    manager.stopping()
    await duties.stop()
    await box.stop()
    await server.stop()
    if serving.done() and not serving.cancelled():
        serving.result()


if __name__ == "__main__":
    sys.exit(main())
