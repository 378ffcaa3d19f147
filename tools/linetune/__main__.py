"""``python -m tools.linetune DEVICE [--line A] [--country CA] [--digit 1] [--json] [--save FILE]``.

Run by a field tech with the box stopped: takes the line, breaks its dial tone with one digit, finds the impedance and
the hybrid taps, hangs up. ``--save`` writes them, line by line, to a TOML file the supervisor reads at start
(``FRONTDESK_HOME/linetune.toml``). Exit 0 tuned, 1 the line could not be tuned (in use, no battery, link lost), 2 wrong
arguments. The result goes to standard output, all else to standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from drivers.clock import SampleLoop
from drivers.link import Link, LinkError
from drivers.ports import control
from drivers.ports.bank import PortBank
from drivers.ports.port import Port
from drivers.signals.countries import Country, country
from drivers.signals.tones import dtmf
from firmware.hat import protocol as p
from tools.linetune.settings import save
from tools.linetune.tuning import Tuning, tune

Samples = npt.NDArray[np.int16]

SETTLE_S = 1.2  # off hook to dial tone, and the exchange's answer to the digit


class LinkLine:
    """A port of the HAT as a `TuneLine`: what was sent and what came back are aligned by the link's fixed delay."""

    def __init__(self, port: Port, bank: PortBank) -> None:
        self._port = port
        self._bank = bank

    async def set_acim(self, acim: int) -> None:
        await control.set_impedance(self._port, acim)

    async def set_hybrid(self, taps: Sequence[int]) -> None:
        await control.set_hybrid(self._port, taps)

    async def play_and_record(self, samples: Samples) -> Samples:
        """The line's answer to `samples`; whole blocks are recorded from one block before the first goes out."""
        heard: list[Samples] = []

        def tap(block: Samples, cancelled: Samples) -> None:
            heard.append(block)

        with self._port.tap(tap):
            self._port.play(samples)
            wanted = samples.size + self._bank.delay + 2 * p.BLOCK
            while len(heard) * p.BLOCK < wanted:
                await asyncio.sleep(p.BLOCK / 8000)
        recorded = np.concatenate(heard)
        return aligned(samples, recorded)


def aligned(played: Samples, recorded: Samples) -> Samples:
    """The recording from where the test signal begins in it; a fixed number of whole blocks, found by correlation."""
    best, at = -1.0, 0
    probe = played[: 8 * p.BLOCK].astype(np.float64)
    for start in range(0, recorded.size - played.size + 1, p.BLOCK):
        piece = recorded[start : start + probe.size + p.BLOCK].astype(np.float64)
        match = float(np.abs(np.correlate(piece, probe, mode="valid")).max())
        if match > best * 1.5:
            best, at = match, start
    return recorded[at : at + played.size]


async def tuned(link: Link, bank: PortBank, row: Country, name: str, digit: str) -> Tuning:
    """Take the line, tune it, let it go."""
    hello = await link.connect()
    bank.configure(hello.kinds, hello.playout_delay)
    await control.use_law(link, row.law)
    await control.set_lines(link, row.fxo)
    port = bank[name]
    await asyncio.sleep(0.2)
    if port.in_use or port.ringing:
        raise LinkError(f"line {name} is in use")
    await port.take_up()
    try:
        await asyncio.sleep(SETTLE_S)
        port.play(dtmf(digit, 100, 100).read(1600))
        await asyncio.sleep(SETTLE_S)
        return await tune(LinkLine(port, bank), row.fxo.acim)
    finally:
        await port.hang_up()


def main(arguments: list[str] | None = None) -> int:
    """Tunes one line; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.linetune", description="Find a line's impedance and hybrid taps"
    )
    parser.add_argument("device", help="the HAT's serial device (virtual board: FRONTDESK_HOME/run/hat)")
    parser.add_argument("--line", default="A", choices=("A", "B"))
    parser.add_argument("--country", default="CA")
    parser.add_argument("--digit", default="1", choices=tuple("0123456789"), help="breaks the dial tone")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--save", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        row = country(options.country)
    except KeyError as error:
        print(f"linetune: --country: {error.args[0]}", file=sys.stderr)
        return 2
    loop = SampleLoop()
    try:
        link = Link(loop, options.device)
        bank = PortBank(loop, link, "a" if row.law == "a" else "mu")
        result = loop.run_until_complete(tuned(link, bank, row, options.line, options.digit))
    except (LinkError, OSError, StopIteration, ValueError) as error:
        print(f"linetune: line {options.line} on {options.device}: {error or 'no such line'}", file=sys.stderr)
        return 1
    if options.save:
        save(options.save, options.line, result)
    print(json.dumps(dataclasses.asdict(result)) if options.json else result.report())
    return 0


if __name__ == "__main__":
    sys.exit(main())
