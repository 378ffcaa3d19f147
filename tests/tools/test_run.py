"""``make run`` as a newcomer meets it: one command, one typed line, a call whose message is there, a clean end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.control_client import ControlClient
from tools.run import DEMO

WORDS = '"Hello, this is Paul Roy, please call me back about the contract this afternoon."'


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Running:
    """One ``python -m tools.run`` (or another way to start it), its standard input a pipe."""

    def __init__(self, home: Path, program: tuple[str, ...] = ("-m", "tools.run")) -> None:
        self.home = home
        self.printed = ""
        self.process = subprocess.Popen(
            [sys.executable, *program],
            env={**os.environ, "FRONTDESK_HOME": str(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until(self, words: str) -> str:
        """What it prints up to the line that holds these words; all of it when they never come."""
        text = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            text += line
            if words in line:
                return text
        return text

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def children(self) -> dict[str, int]:
        """Module -> process, of the children it has now."""
        found = {}
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            found[command[2]] = int(pid)
        return found


def started(home: Path, *program: str) -> Running:
    """A box that is ready for its first call."""
    settings = f"web.port = {free_port()}\n[first_boot]\nanswering.rings = 1\nrecording.silence_s = 2\n"
    (home / "frontdesk.toml").write_text(settings)
    running = Running(home, program or ("-m", "tools.run"))
    running.printed = running.until("quit or Ctrl-C ends the box")
    return running


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One box for the tests that leave it running, in whatever order and process they come."""
    running = started(tmp_path_factory.mktemp("s"))
    yield running
    running.process.kill()
    running.process.communicate()


def test_it_prints_the_pages_address_and_how_to_place_a_first_call(box: Running) -> None:
    assert "https://localhost:" in box.printed
    assert f"call from +15145550123 saying {DEMO}" in box.printed
    assert re.search(r"^first visit code: \d{6}$", box.printed, re.MULTILINE)
    assert DEMO.stat().st_size > 8000 * 2 * 5
    assert set(box.children()) == {"board.virtual", "firmware.supervisor", "webui"}


def test_a_typed_line_places_a_call_whose_message_is_kept(box: Running) -> None:
    client = ControlClient(box.home / "run" / "control.sock")
    events = client.subscribe(quiet_s=60.0)
    next(events)
    box.type(f"call from +15145550123 saying {WORDS}")
    assert "rings on line A" in box.until("rings on line A")
    for event in events:
        assert event.name != "quiet", "no message within a minute"
        if event.name == "message":
            break
    assert client.request("status.get")["new_messages"] == 1


def test_a_wrong_line_is_told_so(box: Running) -> None:
    box.type("ring me up")
    assert "not done: 'ring' is no verb" in box.until("not done")


def test_a_console_beside_it_does_the_same_and_says_when_there_is_no_box(box: Running, tmp_path: Path) -> None:
    for home, status, words in ((box.home, 0, "C is off hook\nC is on hook\n"), (tmp_path, 2, "expected a running")):
        done = subprocess.run(
            [sys.executable, "-m", "tools.console", str(home)],
            input="lift C\nput down C\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == status
        assert words in done.stdout + done.stderr


def test_a_supervisor_that_dies_is_reported_and_started_again(box: Running) -> None:
    before = box.children()
    os.kill(before["firmware.supervisor"], signal.SIGKILL)
    assert "the supervisor was ended by SIGKILL" in box.until("it is started again")
    after = box.children()
    assert after["firmware.supervisor"] != before["firmware.supervisor"]
    assert after["board.virtual"] == before["board.virtual"]


def test_a_second_box_in_the_same_place_is_refused(box: Running) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.run"],
        env={**os.environ, "FRONTDESK_HOME": str(box.home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "a box runs here already" in done.stderr


def test_it_outlives_its_input_and_ends_cleanly_when_told_to(folder: Path) -> None:
    box = started(folder)
    children = box.children()
    assert box.process.stdin is not None
    box.process.stdin.close()
    box.process.stdin = None
    with pytest.raises(subprocess.TimeoutExpired):
        box.process.wait(1.0)
    box.process.send_signal(signal.SIGINT)
    out, _ = box.process.communicate(timeout=30)
    assert box.process.returncode == 0
    assert "The box is stopped." in out
    assert [pid for pid in children.values() if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.parametrize("program", ["tools.run", "webui", "firmware.supervisor"])
def test_a_home_that_cannot_be_is_said_in_one_line(program: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = {**os.environ, "FRONTDESK_HOME": str(tmp_path / "file" / "home")}
    command = [sys.executable, "-m", program, *([] if program == "tools.run" else ["--home", str(tmp_path / "file")])]
    run = subprocess.run(
        command, cwd=Path(__file__).parents[2], env=environment, input="", capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert str(tmp_path / "file") in run.stderr and "Not a directory" in run.stderr


def test_what_a_box_keeps_is_for_nobody_else_on_the_machine(box: Running) -> None:
    kept = [path for path in (box.home, *box.home.rglob("*")) if not path.is_symlink() and path != box.home]
    assert any(path.name == "frontdesk.db" for path in kept)
    settings = {box.home / "frontdesk.toml"}  # the test's own
    assert [path for path in kept if path not in settings and path.stat().st_mode & 0o007] == []


def test_a_machine_without_micropython_is_told_so_and_runs_the_same_program_on_the_twin(tmp_path: Path) -> None:
    bare = "from board.virtual.mcu import interpreter as i; i.command = lambda: None; import tools.run as r; r.main()"
    running = started(tmp_path, "-c", bare)
    try:
        told = running.until("twin")
        assert "No MicroPython on this machine: the HAT's program runs on its CPython twin." in told
        board = Path(f"/proc/{running.children()['board.virtual']}/cmdline").read_text().split("\0")
        assert board[board.index("--hat") + 1] == "twin"
        running.type(f"call from +15145550123 saying {WORDS}")
        assert "rings on line A" in running.until("rings on line A")
    finally:
        running.process.send_signal(signal.SIGTERM)
        running.process.communicate(timeout=30)


def test_help_starts_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tools.run", "--help"], input="", capture_output=True, text=True, timeout=60, check=True
    )
    assert "usage: tools.run" in run.stdout and "FRONTDESK_HOME" in run.stdout
    assert "Frontdesk is running" not in run.stdout
