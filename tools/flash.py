"""Puts a program on the HAT over its serial link: ``python -m tools.flash DEVICE BUNDLE``, with the supervisor stopped.

BUNDLE is a folder that ``tools.bundle`` made and signed. Before anything is sent its signature, the SHA-256 of every
file and the board it is for are checked (``drivers/hat_bundle.py``) against the keyring, ``--keyring`` or
``$FRONTDESK_HOME/keys/hat.pem``; one that is unsigned, changed, for another board, or signed by a stranger or with a
key that has expired is refused. Its files are staged in the slot that is not running, each against its SHA-256 again,
the HAT switches, has the new program test itself and this confirms it. If anything fails the HAT goes back to the
program it had, and this says why. ``home/run/hat`` is a virtual board's device.

A self-test fails on a line that is not plugged in: ``--ports A,C`` tests only these ports. Telephone C is on line A as
long as no supervisor holds the lifeline relay, so its bell is not tested here (``tools.selftest --gpio`` does).

Exit codes: 0 the new program is confirmed, 1 it is not, and the old one runs, 2 the command line, the bundle or the
device is wrong, or no HAT answers; nothing was changed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from board.eeprom import PRODUCT
from drivers.clock import SampleLoop
from drivers.hat_bundle import Bundle, BundleError, read
from drivers.hat_update import SETTLE_S, HatUpdate, slot
from drivers.link import Link, LinkError
from drivers.telephone import Hello
from firmware.hat import protocol as p

CONNECT_S = 10.0
STATUS_S = 2.0  # the HAT sends one a second
PORTS = "ABCD"
KEYRING = Path("keys") / "hat.pem"
"""Below $FRONTDESK_HOME: the authorities whose signers this box believes."""

Say = Callable[[str], None]


class SelfTestFailed(LinkError):
    """The new program's self-test found faults."""


@dataclass
class Result:
    """How it ended; what ``--json`` prints."""

    ok: bool = False
    error: str = ""
    old: str = ""  # version and slot before
    old_slot: str = ""
    now: str = ""  # and what runs now
    slot: str = ""
    signer: str = ""
    files: int = 0
    bytes: int = 0
    faults: list[str] = field(default_factory=list)


async def flash(link: Link, bundle: Bundle, ports: list[int], wanted: str | None, say: Say) -> Result:
    """The whole update over ``link``. Raises LinkError or BundleError as long as nothing has been changed."""
    try:
        async with asyncio.timeout(CONNECT_S):
            hello = await link.connect()
    except TimeoutError:
        raise LinkError(f"no HAT answers within {CONNECT_S:.0f} s") from None
    bundle.check_board(hello.board_rev)
    update = HatUpdate(link)
    staging = "a" if slot(hello) == "b" else "b"
    result = Result(old=hello.firmware, old_slot=slot(hello), now=hello.firmware, slot=slot(hello))
    result.files, result.bytes = len(bundle.files), sum(len(file.data) for file in bundle.files)
    result.signer = bundle.signer
    say(f"HAT {hello.uid}: {hello.firmware} runs in slot {slot(hello)}")
    if wanted not in (None, staging):
        raise LinkError(f"slot {wanted} is running: the new program can only go to slot {staging}")
    busy = await _busy(link, update)
    if busy:
        raise LinkError(f"in use: port {', '.join(busy)}; an update would cut the call off")
    try:
        await _stage(update, bundle, staging, say)
    except LinkError as error:
        result.error = str(error)
        await _drop(update)
        say(f"not flashed: {error}; {hello.firmware} goes on in slot {slot(hello)}")
        return result
    try:
        say(f"switching to slot {staging}")
        new = await update.switch()
        say(f"{new.firmware} runs in slot {slot(new)}, on trial")
        await asyncio.sleep(SETTLE_S)
        result.faults = await _faults(update, ports)
        if result.faults:
            raise SelfTestFailed(f"the self-test of the new program failed: {'; '.join(result.faults)}")
        say("self-test passed")
        await update.confirm()
        result.ok = True
        say("confirmed")
    except LinkError as error:
        result.error = str(error)
        say(f"not confirmed: {error}")
        try:
            new = await _back(update, link, say)
        except LinkError as silent:
            result.error = f"{error}; then {silent}"
            result.now = result.slot = ""
            return result
    result.now, result.slot = new.firmware, slot(new)
    return result


async def _busy(link: Link, update: HatUpdate) -> list[str]:
    """The names of the ports in use, by a STATUS that is no older than this call."""
    fresh = asyncio.Event()
    before, link.on_status = link.on_status, lambda status: fresh.set()
    try:
        async with asyncio.timeout(STATUS_S):
            await fresh.wait()
    except TimeoutError:
        raise LinkError(f"the HAT has sent no STATUS within {STATUS_S:.0f} s") from None
    finally:
        link.on_status = before
    return [PORTS[number] for number in update.in_use()]


async def _stage(update: HatUpdate, bundle: Bundle, staging: str, say: Say) -> None:
    files = bundle.files
    total = sum(len(file.data) for file in files)
    done = 0
    for number, file in enumerate(files, 1):
        await update.stage(file.name, file.data, file.sha256)
        done += len(file.data)
        say(f"slot {staging}: {number:2}/{len(files)} {file.name:<20} {100 * done // total:3} %")


async def _drop(update: HatUpdate) -> None:
    """Throws away what was staged, if the HAT still answers; what is left there is never started."""
    try:
        await update.abort()
    except LinkError:
        return


async def _faults(update: HatUpdate, ports: list[int]) -> list[str]:
    """The faults that the new program finds, in words."""
    faults = []
    for which in [port + 1 for port in ports] or [0]:
        for step in (await update.selftest(which)).faults:
            port = PORTS[step.port] if step.port < len(PORTS) else "board"
            faults.append(f"{port}: {p.STEP_NAMES[step.step]}: {step.text}")
    return faults


async def _back(update: HatUpdate, link: Link, say: Say) -> Hello:
    """Waits until the old program is back. Raises LinkError when it never comes."""
    hello = link.hello if link.up and slot(link.hello) == update.old_slot else await update.back()
    say(f"the old program is back: {hello.firmware} runs in slot {slot(hello)}")
    return hello


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="tools.flash", description="Puts a program on the HAT over its serial link.")
    parser.add_argument("device", help="the serial device: /dev/ttyAMA0, or home/run/hat of a virtual board")
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the signed folder (python -m tools.bundle make)")
    home = Path(os.environ.get("FRONTDESK_HOME") or "home")
    parser.add_argument("--keyring", type=Path, default=home / KEYRING, help="who is believed (default: %(default)s)")
    parser.add_argument("--slot", choices=("a", "b"), help="refuse unless this is the slot that is free")
    parser.add_argument("--ports", metavar="A,C", help="test these ports only (default: everything)")
    parser.add_argument("--json", action="store_true", help="the result as one line of JSON on standard output")
    options = parser.parse_args(argv)
    names = options.ports.split(",") if options.ports else []
    if not all(len(name) == 1 and name in PORTS for name in names):
        parser.error(f"--ports {options.ports}: expected letters of {PORTS}, with commas between")

    def say(line: str) -> None:
        print(line, file=sys.stderr if options.json else sys.stdout, flush=True)

    loop = SampleLoop()
    try:
        bundle = read(options.bundle, options.keyring, PRODUCT)
        say(f"{options.bundle}: {bundle.version}, signed by {bundle.signer}")
        link = Link(loop, options.device)
        link.on_log = lambda level, text: say(f"HAT says: {text}")
        try:
            work = flash(link, bundle, [PORTS.index(name) for name in names], options.slot, say)
            result = loop.run_until_complete(work)
        finally:
            link.close()
    except (BundleError, LinkError) as error:
        print(f"flash: {error}", file=sys.stderr)
        if options.json:
            print(json.dumps(asdict(Result(error=str(error)))))
        return 2
    finally:
        loop.close()
    if options.json:
        print(json.dumps(asdict(result)))
    return 0 if result.ok else 1


if __name__ == "__main__":
    raise SystemExit(main())
