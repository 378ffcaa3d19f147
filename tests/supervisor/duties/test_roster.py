"""A duty that fails is begun again and named on Health; the others go on."""

from __future__ import annotations

import asyncio

from drivers.clock import SampleLoop
from firmware.supervisor.duties.roster import AGAIN_S, Roster


def test_a_duty_that_fails_is_begun_again_and_told() -> None:
    loop = SampleLoop(lockstep=True)
    roster = Roster()
    begun: list[str] = []

    async def fails_once() -> None:
        begun.append("fails")
        if begun.count("fails") == 1:
            raise KeyError("a row nobody expected")
        await asyncio.Event().wait()

    async def goes_on() -> None:
        begun.append("goes on")
        await asyncio.Event().wait()

    async def live() -> list[int]:
        told = []
        roster.add("backup", fails_once)
        roster.add("housekeeping", goes_on)
        roster.start()
        for seconds in (0.02, AGAIN_S - 1.0, 2.0):
            for _ in range(3):
                await asyncio.sleep(0)
            loop.advance(round(seconds * 8000))
            for _ in range(3):
                await asyncio.sleep(0)
            told.append(len(roster.checks()))
        await roster.stop()
        return told

    assert loop.run_until_complete(live()) == [1, 1, 0]
    assert begun == ["fails", "goes on", "fails"]
    loop.close()
