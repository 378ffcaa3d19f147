"""The field tech's report: ``python -m tools.selftest [--hat ENGINE] [--only FAULT]`` (``make selftest``).

Runs the HAT's own self-test on the virtual board, healthy and with each of ten faults, and prints what a field tech
would read: every step, what is wrong, what to do (``selftest_report.py``). ``--device /dev/ttyAMA0`` prints it of a
board that is there (the supervisor stopped, no call up); with ``--gpio RPi.GPIO`` it holds the Pi's half of the
lifeline relay meanwhile, without which telephone C is on line A and not on the HAT. The last line is a one-line
verdict.

Exit codes: 0 the healthy board passes and each report names its fault (``--device``: nothing failed), 1 one does not
(something failed), 2 the command line or the device is wrong, or there is no such engine here.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from board.virtual.board import Board
from board.virtual.hat.micro import MicroHat
from board.virtual.mcu import interpreter
from drivers.clock import SampleLoop
from drivers.gpio import BoardPins, GpioError, open_gpio
from drivers.hat_update import SETTLE_S, HatUpdate, Step
from drivers.link import Link, LinkError
from firmware.hat import protocol as p
from firmware.hat.cobs import FrameError, Splitter, frame, parse
from tools.selftest_report import findings, lines

READY_BLOCKS = 75
LIMIT_BLOCKS = 50 * 40  # the longest test waits 3 s for each dial tone
CONNECT_S = 10.0


@dataclass
class Report:
    """A whole self-test. ``failed`` is None when the HAT never finished."""

    steps: list[Step] = field(default_factory=list)
    failed: int | None = None

    def names(self, port: int, words: str) -> bool:
        """Whether a step of this port that is not ok says ``words``."""
        return any(step.port == port and step.result != p.RESULT_OK and words in step.text for step in self.steps)

    def others_ok(self, port: int) -> bool:
        """Whether no other port has a step that failed."""
        return all(step.port == port or step.result != p.RESULT_FAIL for step in self.steps)


@dataclass(frozen=True)
class Fault:
    """One injected fault, and what the report must say of it."""

    name: str
    port: int
    words: str
    inject: Callable[[Board], None]


def _hat(board: Board) -> MicroHat:
    assert isinstance(board.hat, MicroHat)
    return board.hat


def _no_dial_tone(board: Board) -> None:
    board.exchange.circuits["B"].speak = lambda start: None  # type: ignore[method-assign]


def _ringers(board: Board) -> None:
    handset = board.handsets["D"]
    handset.ren = 4.0
    handset.line.loop.attach("D", ren=4.0)


FAULTS = (
    Fault("line A cut", 0, "no line voltage", lambda board: board.fault("cut", line="A")),
    Fault("tip and ring of line A reversed", 0, "reversed", lambda b: b.lines["A"].loop.set_reversed(b.now, True)),
    Fault("a telephone beside line B is off hook", 1, "parallel", lambda board: board.parallel_telephone("B").lift()),
    Fault("line B has no dial tone", 1, "no dial tone", _no_dial_tone),
    Fault("line A is too long", 0, "long loop", lambda board: setattr(board.lines["A"].loop, "source_ohm", 4500.0)),
    Fault("isolation link of line B lost", 1, "isolation", lambda board: _hat(board).fault("isolation lost", 1)),
    Fault("chip of handset C silent", 2, "does not answer", lambda board: _hat(board).fault("chip silent", 2)),
    Fault("no battery for handset D", 3, "no battery", lambda board: _hat(board).fault("battery missing", 3)),
    Fault("tip and ring of handset C shorted", 2, "shorted", lambda board: _hat(board).fault("short", 2)),
    Fault("too many bells on handset D", 3, "too many bells", _ringers),
)


def report(board: Board) -> Report:
    """Has the board's HAT test itself; the board must be idle. Time is the board's."""
    result = Report()
    splitter = Splitter()
    board.receive(frame(p.HELLO, p.NO_PORT, 1, 0, p.pack(p.HELLO, p.VERSION, 1)))
    asked = False
    for block in range(LIMIT_BLOCKS):
        if block == 150 and not asked:  # the relay has pulled in, faults have been noticed
            asked = True
            board.receive(frame(p.SELFTEST, p.NO_PORT, 2, 0, p.pack(p.SELFTEST, 0)))
        for piece in splitter.feed(board.tick()):
            try:
                kind, port, seq, ts, payload = parse(piece)
            except FrameError:
                continue
            if kind == p.AUDIO_UP:
                board.receive(frame(p.AUDIO_DOWN, 0, seq, ts))
            elif kind == p.EVENT:
                board.receive(frame(p.ACK, port, seq, ts, p.pack(p.ACK, p.EVENT, seq, p.OK)))
            elif kind == p.SELFTEST_STEP:
                step, outcome, value, text = p.unpack(p.SELFTEST_STEP, payload)
                result.steps.append(Step(port, step, outcome, value, text.decode("utf-8", "replace")))
            elif kind == p.SELFTEST_DONE:
                (result.failed,) = p.unpack(p.SELFTEST_DONE, payload)
                return result
    return result


def board_with(fault: Fault | None, engine: str) -> Board:
    """A virtual board that has come up, with a fault or none."""
    board = Board("CA", seed=1, hat=lambda lines, handset: MicroHat(lines, handset, engine=engine))
    for _ in range(READY_BLOCKS):
        board.tick()
    if fault is not None:
        fault.inject(board)
    return board


def run(fault: Fault | None, engine: str) -> Report:
    """One self-test on a board of its own."""
    board = board_with(fault, engine)
    try:
        return report(board)
    finally:
        board.hat.close()


def _on_device(device: str, gpio: str | None) -> int:
    """The report of a board that is there."""
    loop = SampleLoop()
    try:
        with contextlib.ExitStack() as closing:
            if gpio:
                pins = BoardPins(open_gpio(gpio))
                closing.callback(pins.close)
                pins.lifeline(True)
            link = Link(loop, device)
            closing.callback(link.close)
            steps = loop.run_until_complete(_ask(link))
    except (LinkError, GpioError) as error:
        print(f"selftest: {error}", file=sys.stderr)
        return 2
    finally:
        loop.close()
    print("\n".join([*lines(steps), *findings(steps)]))
    failed = sum(step.result == p.RESULT_FAIL for step in steps)
    print(f"\nself-test: {verdict(steps)}")
    return 1 if failed else 0


def verdict(steps: Sequence[Step]) -> str:
    """A few words on a whole test."""
    failed, unsure = (sum(step.result == result for step in steps) for result in (p.RESULT_FAIL, p.RESULT_WARN))
    if failed:
        return f"FAILED: {failed} of {len(steps)} steps"
    return f"passed, {unsure} of {len(steps)} steps to be looked at" if unsure else f"passed, {len(steps)} steps"


async def _ask(link: Link) -> list[Step]:
    try:
        async with asyncio.timeout(CONNECT_S):
            hello = await link.connect()
    except TimeoutError:
        raise LinkError(f"no HAT answers within {CONNECT_S:.0f} s") from None
    print(f"Self-test of HAT {hello.uid}, firmware {hello.firmware}")
    await asyncio.sleep(SETTLE_S)
    return (await HatUpdate(link).selftest()).steps


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module's docstring."""
    engines = ("micropython", "twin")
    parser = argparse.ArgumentParser(prog="tools.selftest", description="The HAT's self-test on the virtual board.")
    parser.add_argument(
        "--hat", choices=engines, help="what runs the firmware (default: micropython where there is one)"
    )
    parser.add_argument("--only", metavar="FAULT", help="only this fault (a part of its name), or 'healthy'")
    parser.add_argument("--device", help="the board on this serial device instead: /dev/ttyAMA0, or home/run/hat")
    parser.add_argument("--gpio", help="with --device: its pins, RPi.GPIO or unix:home/run/gpio.sock")
    options = parser.parse_args(argv)
    if options.device:
        return _on_device(options.device, options.gpio)
    engine = options.hat or engines[interpreter.command() is None]
    if engine == "micropython" and interpreter.command() is None:
        print("no MicroPython on this machine: run python -m tools.mpy, or use --hat twin", file=sys.stderr)
        return 2
    cases: list[Fault | None] = [None, *FAULTS]
    if options.only:
        cases = [case for case in cases if options.only in (case.name if case else "healthy")]
        if not cases:
            print(
                f"--only {options.only!r}: expected a part of one of: healthy, {', '.join(f.name for f in FAULTS)}",
                file=sys.stderr,
            )
            return 2
    print(f"Self-test of the HAT's program {'under MicroPython' if engine == 'micropython' else '(CPython twin)'}")
    missed = []
    for case in cases:
        result = run(case, engine)
        print(f"\n{case.name if case else 'healthy board'}:")
        print("\n".join([*lines(result.steps), *findings(result.steps)]))
        if case is None:
            good = result.failed == 0 and all(step.result == p.RESULT_OK for step in result.steps)
        else:
            good = result.names(case.port, case.words) and result.others_ok(case.port)
        if not good:
            missed.append(case.name if case else "healthy board")
            print(f"  NOT AS EXPECTED: {case.words if case else 'every step ok'}")
    faults = sum(case is not None for case in cases)
    if missed:
        print(f"\nself-test: FAILED for {', '.join(missed)}")
        return 1
    print(f"\nself-test: good: {'healthy board passes, ' if None in cases else ''}{faults} of {faults} faults named")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
