"""A test host against the firmware: on a native MicroPython where there is one, and on its twin."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from board.virtual.board import Board
from board.virtual.chips.si3050 import Si3050
from board.virtual.chips.si3210 import Si3210
from board.virtual.hat.micro import MicroHat
from board.virtual.mcu import interpreter
from board.virtual.mcu.twin import Modules
from firmware.hat import protocol as p
from tests.board.conftest import Host
from tests.hat.chip_bench import Bench

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
FAKES = ROOT / "board" / "virtual" / "mcu" / "fakes"
READY = 60  # blocks until four chips are up: 1.2 s

needs_micropython = pytest.mark.skipif(
    interpreter.command() is None, reason="no MicroPython on this machine (python -m tools.mpy)"
)


class FirmwareHost(Host):
    """The Pi's end of a board that runs the firmware."""

    @property
    def hat(self) -> MicroHat:
        hat = self.board.hat
        assert isinstance(hat, MicroHat)
        return hat

    def port(self, number: int) -> tuple[int, int, int, int]:
        """State bits, volts, mA and battery of a port in the last STATUS."""
        ports = self.status[-1][-1]
        assert isinstance(ports, bytes)
        state, volts, ma, battery = ports[number * 4 : number * 4 + 4]
        return state, volts - 256 if volts > 127 else volts, ma, battery


Maker = Callable[..., FirmwareHost]


@pytest.fixture
def make_host() -> Iterator[Maker]:
    """``make_host(engine)``: a board, up for 1.2 s, its HAT greeted and set to the country."""
    hosts: list[FirmwareHost] = []

    def make(engine: str, country: str = "CA", greet: bool = True, ready: int = READY, **options: Any) -> FirmwareHost:
        def hat(lines: Any, handset: Any) -> MicroHat:
            return MicroHat(lines, handset, engine=engine, **options)

        host = FirmwareHost(Board(country, seed=1, hat=hat))
        hosts.append(host)
        for _ in range(ready):
            host.board.tick()
        if greet:
            host.hello()
            host.set_country()
            host.run(0.1)
        return host

    yield make
    for host in hosts:
        host.board.hat.close()


@pytest.fixture(params=["twin", pytest.param("micropython", marks=needs_micropython)])
def host(request: pytest.FixtureRequest, make_host: Maker) -> FirmwareHost:
    """A greeted board on each engine."""
    return make_host(request.param)


@pytest.fixture
def twin(make_host: Maker) -> FirmwareHost:
    """A greeted board on the twin, whose program can be looked into."""
    return make_host("twin")


@pytest.fixture
def modules() -> Modules:
    """The firmware's modules as MicroPython would see them, in this process."""
    return Modules(FIRMWARE / "hat", FAKES)


@pytest.fixture
def fxo() -> Bench:
    """A Si3050 whose line side is up."""
    bench = Bench(Si3050)
    bench.write(6, 0)
    bench.run(120)
    return bench


@pytest.fixture
def fxs() -> Bench:
    """A Si3210 with its battery up, its converter calibrated, what ringing wants set, the feed forward active."""
    bench = Bench(Si3210)
    bench.write(8, 0)
    bench.write(14, 0)
    bench.run(500)
    bench.write(93, 0x99)
    for address, value in ((36, 0x0320), (40, 0x0C00), (43, 0x1000)):
        bench.indirect(address, value)
        bench.run(20)
    bench.run(20)
    bench.write(64, 1)
    bench.run(40)
    return bench


def micropython(script: str, heap: str = "384K", fakes: bool = False) -> str:
    """Runs a script on the native interpreter; its output. Fails with what it said when it does not end well."""
    command = interpreter.command()
    assert command is not None
    folders = (FAKES,) if fakes else ()
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(f"import sys\nsys.path.append({str(FIRMWARE)!r})\n{script}")
        file.flush()
        done = subprocess.run(
            [*command, "-X", f"heapsize={heap}", file.name],
            env=interpreter.environment(*folders), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def fault_of(host: FirmwareHost, port: int) -> tuple[int, str] | None:
    """The code and text of the last CHIP_FAULT of a port, if no CHIP_BACK followed."""
    last = None
    for event in host.events:
        if event.port == port and event.name == "CHIP_FAULT":
            last = (event.args[0], bytes(event.args[1]).decode())
        elif event.port == port and event.name == "CHIP_BACK":
            last = None
    return last


LINE_A, LINE_B, C, D = range(4)
__all__ = ["LINE_A", "LINE_B", "C", "D", "FirmwareHost", "Maker", "fault_of", "micropython", "needs_micropython", "p"]
