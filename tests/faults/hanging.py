"""The supervisor with two faults that a signal brings about, for the tests of what keeps it alive.

SIGUSR1: a coroutine that never yields. SIGUSR2: jobs that never come back, until no thread for jobs is left.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading

from drivers.clock import SampleLoop
from firmware.supervisor import __main__ as supervisor
from firmware.supervisor.duties import heartbeat

_blocked: list[asyncio.Future[bool]] = []


async def _never_yields() -> None:
    while True:
        pass


def _spin(number: int, frame: object) -> None:
    asyncio.get_running_loop().create_task(_never_yields())


def _block(number: int, frame: object) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SampleLoop)
    _blocked.extend(asyncio.ensure_future(loop.job(threading.Event().wait)) for _ in range(20))


if __name__ == "__main__":
    heartbeat.LANE_S = 4.0
    signal.signal(signal.SIGUSR1, _spin)
    signal.signal(signal.SIGUSR2, _block)
    sys.exit(supervisor.main())
