"""A fresh box and its virtual board: the folder, the settings, the contacts, the two processes, one block at a time.

The board runs in this process, the supervisor as a child in lockstep with it, so that a run gives the same bytes every
time. Life cycle: ``Stage(...)`` makes the box, ``start`` the supervisor, ``tick`` moves both on by 20 ms, ``stop`` ends
it as a power-down would be asked for, ``close`` leaves nothing running. ``kill`` is kill -9. A supervisor that ends by
itself raises SupervisorEnded with its last words.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from board.virtual.board import Board
from board.virtual.handset import Handset
from board.virtual.hat.micro import MicroHat
from board.virtual.header import Header
from board.virtual.line import Line
from board.virtual.lockstep import Lockstep
from board.virtual.uart import Pty
from drivers.signals.countries import country
from firmware.supervisor.rules.numbers import Numbers
from firmware.supervisor.settings.in_force import DATABASE_NAME, FILE_NAME, FIRST_BOOT
from firmware.supervisor.settings.schema import SCHEMA, Value, setting
from firmware.supervisor.store import contacts as store_contacts
from firmware.supervisor.store import receptionist as store_receptionist
from firmware.supervisor.store import rules as store_rules
from firmware.supervisor.store.contacts import NewContact, NewNumber
from firmware.supervisor.store.database import Database
from tools.scenario.offspring import Child, Nursery
from tools.scenario.script import Contact

RATE = 8000
STOP_S = 30.0  # on the sample clock: longer than any goodbye and any database job
SOCKET = "lockstep.sock"


HATS = ("stand-in", "micropython", "twin")
"""What is on the board: the stand-in; the firmware on MicroPython; the firmware on CPython (its twin)."""


class SupervisorEnded(Exception):
    """The supervisor ended though nobody asked it to; the text holds how, and its last words."""


class Stage:
    """One box on one board."""

    program = "firmware.supervisor"
    """The module that is started where there is no nursery."""

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, Value],
        contacts: Sequence[Contact] = (),
        rules: Sequence[Mapping[str, Any]] = (),
        *,
        clock: datetime,
        seed: int = 1,
        return_loss_db: float = 14.0,
        noise_dbm0: float = -65.0,
        hat: str = HATS[0],
        nursery: Nursery | None = None,
        receptionist: Mapping[str, Any] | None = None,
    ) -> None:
        """Makes ``folder`` anew, with the box's home in it. Raises OSError when that cannot be done.

        ``hat``: one of HATS. RuntimeError: there is no MicroPython on this machine.
        """
        self.folder = folder
        self.home = folder / "box"
        self.clock = clock
        self._nursery = nursery
        if self.home.exists():
            shutil.rmtree(self.home)
        (self.home / "run").mkdir(parents=True)
        code = str(settings.get("box.country", SCHEMA["box.country"].default))
        write_settings(self.home / FILE_NAME, settings)
        numbers = Numbers(country(code), str(settings.get("box.area_code", SCHEMA["box.area_code"].default)))
        write_book(self.home / DATABASE_NAME, contacts, rules, numbers, clock, receptionist)
        date = clock.replace(tzinfo=None)
        self.board = Board(code, seed, date, return_loss_db, noise_dbm0, None if hat == HATS[0] else firmware(hat))
        self._pty = Pty()
        self._pace = Lockstep(self.board, self._pty, _short(self.home / "run" / SOCKET))
        self._child: Child | None = None
        self._header: Header | None = None

    @property
    def now_s(self) -> float:
        """The sample time, in seconds since the scenario began."""
        return self.board.now / RATE

    @property
    def supervisor_pid(self) -> int | None:
        """The supervisor's process, while it runs."""
        return None if self._child is None else self._child.pid

    def header(self, keeps_outputs: bool = True) -> Header:
        """Puts the board's header on sockets, for the supervisors started from here on.

        What they do to a pin takes effect when it comes, so runs may differ by a block. ``keeps_outputs``: see
        ``VirtualGpio``.
        """
        self._header = Header(lambda: self.board.now, self.clock, keeps_outputs)
        self._header.attach(self.board)
        self._header.serve(_short(self.home / "run"))
        return self._header

    def raised_by(self, nursery: Nursery) -> None:
        """The supervisors started from here on are this parent's."""
        self._nursery = nursery

    def start(self) -> None:
        """Starts the supervisor; the board stands still until it has connected."""
        arguments = ["--home", str(self.home), "--device", self._pty.device, "--lockstep", str(self._socket)]
        moment = self.clock + timedelta(seconds=self.now_s)
        arguments += ["--clock", moment.isoformat()]
        if self._header is not None:
            arguments += ["--gpio", f"unix:{_short(self.home / 'run' / 'gpio.sock')}"]
        log = self.folder / "supervisor.log"
        if self._nursery is None:
            self._child = Child.start(self.program, arguments, log)
        else:
            self._child = self._nursery.fork(arguments, log)
        deadline = time.monotonic() + 60
        while not self._pace.connected:
            try:
                self._pace.wait_for_host(0.05)
            except TimeoutError:
                self._check_child()
                if time.monotonic() > deadline:
                    raise SupervisorEnded("the supervisor did not connect to the board within 60 s") from None

    def tick(self) -> None:
        """20 ms of everything. Raises SupervisorEnded when the supervisor has ended or does not answer."""
        self._paced(self._pace.tick)
        if self._child is not None and not self._pace.connected:
            self._child.wait(10.0)
            self._check_child()

    def kill(self, *, at_rest: bool = True) -> None:
        """kill -9. The board goes on without a supervisor from here.

        ``at_rest``: when it has answered every block so far, the same moment in every run; else wherever it is.
        """
        if self._child is not None:
            if at_rest:
                self._paced(self._pace.settle)
            self._child.kill()
            self._child = None
            while self._pace.connected:
                self._pace.tick()

    def stop(self) -> None:
        """Asks the supervisor to end and gives it time for it. Raises SupervisorEnded when it does not end well."""
        child, self._child = self._child, None
        if child is None:
            return
        try:
            self._paced(self._pace.settle)  # the word to end falls on the same block in every run,
            child.terminate()
            child.wait(0.05)  # and is taken in before the next
            end = self.now_s + STOP_S
            while self._pace.connected and self.now_s < end:
                self._paced(self._pace.tick)
            status = child.wait(10.0)
        finally:
            child.kill()
        if status is None:
            raise SupervisorEnded(f"the supervisor did not end within {STOP_S:.0f} s of being asked to")
        if status != 0:
            raise SupervisorEnded(f"the supervisor ended with exit status {status}: {child.last_words()}")

    def close(self) -> None:
        """Leaves nothing running and nothing open."""
        if self._child is not None:
            self._child.kill()
            self._child = None
        if self._header is not None:
            self._header.close()
        self._pace.close()
        self._pty.close()
        if isinstance(self.board.hat, MicroHat):
            self.board.hat.close()

    @property
    def _socket(self) -> Path:
        return _short(self.home / "run" / SOCKET)

    def _paced(self, act: Callable[[], None]) -> None:
        """A block, or the answers still to come; a supervisor that does not keep step is told."""
        try:
            act()
        except (TimeoutError, RuntimeError) as error:
            raise SupervisorEnded(f"the supervisor hangs or is out of step: {error}") from error

    def _check_child(self) -> None:
        if self._child is None:
            return
        status = self._child.poll()
        if status is not None:
            child, self._child = self._child, None
            raise SupervisorEnded(f"the supervisor ended with exit status {status}: {child.last_words()}")


def firmware(engine: str) -> Callable[[dict[str, Line], Handset], MicroHat]:
    """Makes a HAT that runs the firmware on ``engine``: "micropython" or "twin"."""

    def make(lines: dict[str, Line], handset: Handset) -> MicroHat:
        return MicroHat(lines, handset, engine=engine)

    return make


def write_settings(path: Path, settings: Mapping[str, Value]) -> None:
    """The box's settings file: what the file owns by its full key, what the page owns under [first_boot]."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items() if setting(key).home == "file"]
    lines += ["", f"[{FIRST_BOOT}]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in settings.items() if setting(key).home == "page"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_book(
    path: Path,
    contacts: Sequence[Contact],
    rules: Sequence[Mapping[str, Any]],
    numbers: Numbers,
    clock: datetime,
    receptionist: Mapping[str, Any] | None = None,
) -> None:
    """Contacts, rules, the receptionist's tree, by the store's own functions, before the supervisor opens the file."""
    now_ms = round(clock.timestamp() * 1000)
    database = Database(path)
    try:
        for contact in contacts:
            new = NewContact(
                contact.name,
                [NewNumber(kind, raw, numbers.typed(raw).e164) for kind, raw in contact.numbers],
                company=contact.company,
                sounds_like=contact.sounds_like,
                client=contact.client,
                language=contact.language,
            )
            database.write(store_contacts.create, new, now_ms).result()
        for rule in rules:
            database.write(store_rules.add, dict(rule)).result()
        if receptionist is not None:
            database.write(store_receptionist.keep, receptionist, by="scenario", now_ms=now_ms).result()
    finally:
        database.stop()


def _short(path: Path) -> Path:
    """A Unix socket's path has at most 107 bytes: relative to the working folder where that is shorter."""
    absolute = path.resolve()
    return absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else absolute
