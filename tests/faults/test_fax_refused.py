"""A page that the box does not keep is one that its sender is not told was received; the pages before it stay."""

from __future__ import annotations

import resource
from pathlib import Path

from PIL import Image

from firmware.fax_files import MOST_LINES
from firmware.gateways.fax.confined import MEMORY
from tests.faults.fax_call import CLOCK, check, gateways, receive
from tools.scenario.fax_machine import FaxMachine, draw
from tools.scenario.log import Log, read_log
from tools.scenario.offspring import Nursery
from tools.scenario.stage import Stage

LONGEST_S = 120.0


def to_the_end(stage: Stage, machine: FaxMachine) -> tuple[Log, int]:
    """The box's log once the machine is done, and how many pages it was told of."""
    end = stage.now_s + LONGEST_S
    while not machine.done and stage.now_s < end:
        stage.tick()
    for _ in range(100):
        stage.tick()
    confirmed = machine.confirmed
    machine.close()
    stage.stop()
    return read_log(stage.home), confirmed


def test_a_page_without_end_is_refused_in_little_memory(folder: Path, nursery: Nursery) -> None:
    """110,000 blank lines are a quarter of a minute on the line, and 24 MB of dots."""
    letter = folder / "letter.tif"
    draw("One: the contract", letter)
    with Image.open(letter) as image:
        first = image.copy()
    long = Image.new("1", (1728, 110_000), 1)
    assert long.height > MOST_LINES
    first.save(letter, compression="group4", dpi=(204, 98), save_all=True, append_images=[long])
    stage = Stage(folder, {"answering.rings": 1}, clock=CLOCK, nursery=nursery)
    try:
        machine = receive(stage, letter, 17.0)
        (gateway,) = gateways(stage)
        peak = 0
        while not machine.done and gateways(stage) == [gateway]:
            fields = Path(f"/proc/{gateway}/status").read_text().split()
            peak = max(peak, int(fields[fields.index("VmPeak:") + 1]) * 1024) if "VmPeak:" in fields else peak
            stage.tick()
        log, confirmed = to_the_end(stage, machine)
    finally:
        stage.close()
    (call,) = log.calls
    assert (call["outcome"], call["why"], confirmed) == ("fax", "fax page too long", 1)
    assert 0 < peak < MEMORY
    check(stage.home, letter, confirmed)


def test_a_disk_that_takes_no_page_is_told_to_nobody_as_received(folder: Path, nursery: Nursery) -> None:
    letter = folder / "letter.tif"
    draw("One: the contract\fTwo: the annex", letter)
    stage = Stage(folder, {"answering.rings": 1}, clock=CLOCK, nursery=nursery)
    try:
        machine = receive(stage, letter, 11.0)
        while machine.confirmed < 1:
            stage.tick()
        (gateway,), (tiff,) = gateways(stage), list((stage.home / "faxes").rglob("*.tif"))
        size = tiff.stat().st_size
        resource.prlimit(gateway, resource.RLIMIT_FSIZE, (size, size))
        log, confirmed = to_the_end(stage, machine)
    finally:
        stage.close()
    (call,) = log.calls
    assert (call["outcome"], call["why"], confirmed) == ("fax", "fax disk full", 1)
    check(stage.home, letter, confirmed)
