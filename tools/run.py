"""``make run``: the whole box on a virtual board, in real time: board, supervisor and page as three processes.

``python -m tools.run`` prints the page's address and how to place a first call, then reads sentences for the virtual
board from standard input. At the input's end a terminal's session ends; otherwise the box runs on until it is told to
stop (SIGINT, SIGTERM). A supervisor or a page that dies, and a supervisor that hangs, is reported and started again;
without the board there is no box, and everything ends. The box lives in ``$FRONTDESK_HOME`` (usually ``./home``), the
processes' words in ``log/`` there.

It takes no arguments. Exit 0 when told to stop, 1 when the box could not be started or kept running, 2 when something
it was given is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import re
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from board.virtual.hat.engines import best
from drivers.signals.echo.canceller import ECHO_ENGINE_NOTE
from firmware.control_client import ControlClient, ControlError
from firmware.supervisor.settings.in_force import Settings, home_folder
from firmware.supervisor.settings.schema import SettingsError
from firmware.supervisor.store import room
from tools.children import Child
from tools.console import BoardClient, BoardGone
from tools.scenario.voices import VoiceError, speak, write_wav
from tools.watchdog import Watchdog

SUPERVISOR = "firmware.supervisor"
WATCHDOG_S = 10.0  # as WatchdogSec in board/systemd/frontdesk.service
START_S = 60.0  # a slow machine's first start, certificate included
SHORTEST_LIFE_S = 5.0  # a child that ends sooner than this after its start is not started again
DEMO = Path("build") / "demo.wav"
DEMO_WORDS = (
    "Hello, this is Paul Roy. I am calling about the contract for the house on Saint Paul street. "
    "Please call me back this afternoon, at five one four, five five five, zero one two three. Thank you."
)
HELP = """
Frontdesk is running: {address}
  The browser warns about the certificate: it is this box's own. The first visit asks for the code
  above, once, and sets the password.

Place a first call: type
  call from +15145550123 saying {demo}
and watch it arrive on the page; half a minute later its message plays there.
  lift C            somebody lifts handset C: while a caller speaks to the box, that takes the call
  dial 22           on a lifted handset: rings the other one; put down C ends it
  help              all sentences;  quit or Ctrl-C ends the box
"""


class CannotRun(Exception):
    """The box cannot be started or kept running; the text says why."""


class Box:
    """The three processes. ``start``, then ``watch`` now and then, then ``end``."""

    def __init__(self, home: Path, settings: Settings) -> None:
        self.home = home
        self._port = settings.whole("web.port")
        run, log = home / "run", home / "log"
        at = ["--home", str(home)]
        country = ["--country", settings.text("box.country")]
        demo = ["--demo-board", str(run / "board.sock")]
        self.hat = best()
        board = [*at, *country, "--hat", self.hat, "--follow"]
        self.board = Child("virtual board", "board.virtual", board, log / "board.log")
        pins = ["--gpio", f"unix:{run / 'gpio.sock'}", "--i2c", f"unix:{run / 'i2c.sock'}"]
        device = ["--device", str(run / "hat"), *pins]
        self.watchdog = Watchdog(run / "notify.sock", WATCHDOG_S)
        words = self.watchdog.environment
        self.supervisor = Child("supervisor", SUPERVISOR, [*at, *device], log / "supervisor.log", words)
        self.page = Child("web page", "webui", [*at, *demo], log / "web.log")

    def start(self) -> str:
        """Starts everything in its order; the page's address. Raises CannotRun."""
        self.board.start()
        self._until(self.board, self._board_answers)
        self.watchdog.begin()
        self.supervisor.start()
        self._until(self.supervisor, self._in_service)
        self.page.start()
        self._until(self.page, lambda: bool(self._address()))
        return self._address()

    def watch(self) -> None:
        """Reports what has died or hangs, and starts it again where that makes sense; CannotRun where it does not."""
        if self.watchdog.left_s() == 0.0:
            print(f"the supervisor hangs: no sign of life for {WATCHDOG_S:g} s", file=sys.stderr, flush=True)
            self.supervisor.abort()
        if self.board.status is not None:
            raise CannotRun(self.board.how_it_ended())
        for child in (self.supervisor, self.page):
            if child.status is None:
                continue
            if time.monotonic() - child.started < SHORTEST_LIFE_S:
                raise CannotRun(child.how_it_ended())
            how = child.how_it_ended()
            if child is self.supervisor:
                self.watchdog.begin()
            child.start()
            print(f"{how}\n    it is started again", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Ends everything, the page first, the board last."""
        for child in (self.page, self.supervisor, self.board):
            child.end()
        self.watchdog.close()

    def _until(self, child: Child, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_S
        while not ready():
            if child.status is not None:
                raise CannotRun(child.how_it_ended())
            if time.monotonic() > deadline:
                raise CannotRun(f"the {child.name} was not ready within {START_S:.0f} s; see {child.log}")
            time.sleep(0.05)

    def _board_answers(self) -> bool:
        try:
            BoardClient(self.home / "run" / "board.sock").close()
        except BoardGone:
            return False
        return True

    def _in_service(self) -> bool:
        """Whether the supervisor serves the HAT: a call placed before that would not be heard."""
        try:
            status = ControlClient(self.home / "run" / "control.sock").request("status.get")
        except ControlError:
            return False
        return any(line["state"] == "idle" for line in status["lines"])

    def first_visit_code(self) -> str:
        """What the page asks of its first visitor; empty once it has an owner."""
        found = re.search(r"^first visit code: (\d{6})$", self.page.said(), re.MULTILINE)
        return found.group(1) if found else ""

    def _address(self) -> str:
        """As the page has said it; where the disk has no room for what it says, as the settings have it."""
        found = re.search(r"https://\S+", self.page.said())
        if found or room.free(self.page.log.parent):
            return found.group() if found else ""
        with contextlib.suppress(OSError), socket.create_connection(("localhost", self._port), 1.0):
            return f"https://localhost:{self._port}/"
        return ""


def main() -> int:
    """Runs the box until it is told to stop."""
    formatter = argparse.RawDescriptionHelpFormatter
    argparse.ArgumentParser("tools.run", description=__doc__, formatter_class=formatter).parse_args()
    home = home_folder()
    os.umask(0o027)  # recordings and numbers are nobody else's on this machine; as on the box (board/systemd)
    try:
        for folder in ("run", "log"):
            (home / folder).mkdir(parents=True, exist_ok=True)
        settings = Settings.load(home)
        lock = (home / "run" / "running").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(
            f"{home}: a box runs here already; stop it first, or set FRONTDESK_HOME to another folder", file=sys.stderr
        )
        return 2
    except OSError as error:
        where = error.filename or home
        wanted = "expected a folder that can be written ($FRONTDESK_HOME)"
        print(f"{where}: {error.strerror or error}; {wanted}", file=sys.stderr)
        return 2
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    ears = _wake_on_signals()
    try:
        box = Box(home, settings)
    except OSError as error:
        print(f"{home / 'run' / 'notify.sock'}: {error}; expected a folder with a shorter path", file=sys.stderr)
        return 2
    try:
        demo = _demo()
        address = box.start()
        code = box.first_visit_code()
        if code:
            print(f"\nfirst visit code: {code}", flush=True)
        print(HELP.format(address=address, demo=demo), flush=True)
        if box.hat == "twin":
            print("No MicroPython on this machine: the HAT's program runs on its CPython twin.\n", flush=True)
        if ECHO_ENGINE_NOTE:
            print(f"{ECHO_ENGINE_NOTE}\n", flush=True)
        _serve(box, ears)
    except _Stopped:
        pass
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):  # a second Ctrl-C must not leave a process behind
            signal.signal(number, signal.SIG_IGN)
        box.end()
    print("The box is stopped.", flush=True)
    return 0


class _Stopped(Exception):
    """The person or the machine wants the box to end."""


def _wake_on_signals() -> socket.socket:
    """SIGINT and SIGTERM end the box from wherever it is; any child's end makes the socket readable."""

    def stop(number: int, frame: object) -> None:
        raise _Stopped

    ears, mouth = socket.socketpair()
    ears.setblocking(False)
    mouth.setblocking(False)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(mouth.detach())
    return ears


def _demo() -> Path | str:
    """A recording for the first call, made when it is missing."""
    try:
        if not DEMO.exists():
            DEMO.parent.mkdir(exist_ok=True)
            write_wav(DEMO, speak("man", DEMO_WORDS))
    except (OSError, VoiceError) as error:
        print(f"no demo recording: {error}", file=sys.stderr)
        return "FILE.wav"
    return DEMO


def _serve(box: Box, ears: socket.socket) -> None:
    """Sentences in, answers out, children watched. Ends by _Stopped or CannotRun."""
    terminal = sys.stdin is not None and sys.stdin.isatty()
    prompt = "> " if terminal else ""
    source: int | None = None if sys.stdin is None else sys.stdin.fileno()
    typed = b""
    print(prompt, end="", flush=True)
    while True:
        awaited = [ears.fileno(), box.watchdog.fileno(), *([] if source is None else [source])]
        readable = select.select(awaited, [], [], box.watchdog.left_s())[0]
        if ears.fileno() in readable:
            ears.recv(4096)
        if ears.fileno() in readable or not readable:
            box.watch()
        if source is not None and source in readable:
            part = os.read(source, 4096)
            typed += part
            *lines, typed = typed.split(b"\n")
            if not part:
                lines, typed, source = [typed], b"", None
            for line in lines:
                _say(box, line.decode(errors="replace").strip())
                print(prompt, end="", flush=True)
            if source is None and terminal:
                raise _Stopped


def _say(box: Box, sentence: str) -> None:
    """One typed line."""
    if sentence in ("quit", "exit"):
        raise _Stopped
    if not sentence:
        return
    try:
        board = BoardClient(box.home / "run" / "board.sock")
        print(board.tell(sentence), flush=True)
        board.close()
    except BoardGone as error:
        print(f"not done: {error}", flush=True)
        box.watch()


if __name__ == "__main__":
    sys.exit(main())
