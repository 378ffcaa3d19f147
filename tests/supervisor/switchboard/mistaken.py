"""The supervisor with a mistake in it; run as a module, with the supervisor's own arguments.

One wait of its calls raises an error of no known kind. It is hooked into what every flow waits by, so that it outlives
the flows: ``Leg.until``, which ``Leg.pause`` is made of, and ``SampleLoop.settle``, by which the results of jobs
(``SampleLoop.job``) and of the store come. Only tasks that began after the plan was made count: those of calls.

Told by ``mistake.json`` in the home: ``{"plan": a number of its own, "at": which wait, from 0; -1 none}``. Tells in
``left.json``, ten times a second of the telephone's clock: the plan, the waits that were reached, whether it raised,
and what calls have left behind: ports that are not idle, tasks.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import FrameType
from typing import Any

from drivers.clock import SampleLoop
from drivers.ports.bank import PortBank
from firmware.supervisor import __main__ as supervisor
from firmware.supervisor.calls.legs import Leg

LOOK_S = 0.1
DEPTH = 7  # names in which a wait is told


class Mistake(Exception):
    """What nobody has thought of."""


class Mistaken:
    """What is to go wrong, and what has been seen."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._plan, self._at = -1, -1
        self._reached: list[str] = []
        self._raised = False
        self._others: set[asyncio.Task[Any]] = set()
        self._hook(Leg, "until")
        self._hook(SampleLoop, "settle")

    def _hook(self, kind: type[Any], name: str) -> None:
        real: Callable[..., Coroutine[Any, Any, Any]] = getattr(kind, name)

        async def wait(self_: Any, *args: Any, **kwargs: Any) -> Any:
            self._reach(" < ".join([name, *_waiting(sys._getframe(1))]))
            return await real(self_, *args, **kwargs)

        setattr(kind, name, wait)

    def _reach(self, what: str) -> None:
        if self._plan < 0 or asyncio.current_task() in self._others:
            return
        self._reached.append(what)
        if len(self._reached) == self._at + 1:
            self._raised = True
            raise Mistake(what)

    async def look(self) -> None:
        """Takes new plans in and tells what is left, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            plan = json.loads((self._home / "mistake.json").read_text())
            if plan["plan"] != self._plan:
                self._plan, self._at = plan["plan"], plan["at"]
                self._reached, self._raised = [], False
                self._others = asyncio.all_tasks()
            left = self._home / "left.json.new"
            left.write_text(json.dumps(self._told()))
            left.replace(self._home / "left.json")

    def _told(self) -> dict[str, Any]:
        return {
            "plan": self._plan,
            "reached": self._reached,
            "raised": self._raised,
            "ports": _left_on_ports(),
            "tasks": [str(task.get_coro()) for task in asyncio.all_tasks() - self._others],
        }


def _waiting(frame: FrameType | None) -> list[str]:
    """Who waits for whom, from the inside."""
    names: list[str] = []
    while frame is not None and len(names) < DEPTH:
        names.append(frame.f_code.co_qualname)
        frame = frame.f_back
    return names


def _left_on_ports() -> dict[str, list[str]]:
    (bank,) = (one for one in gc.get_objects() if type(one) is PortBank)  # the HAT's, not a gateway's
    left = {}
    for port in bank.ports:
        found = {
            "a user": port.user is not None,
            "taps": bool(port.taps),
            "a tone detector": port.tones is not None,
            "keys listened for": port.hears_keys,
        }
        if any(found.values()):
            left[port.name] = [what for what, there in found.items() if there]
    return left


def main(arguments: list[str]) -> int:
    """Runs the supervisor, which looks for its mistake beside its work."""
    mistaken = Mistaken(Path(arguments[arguments.index("--home") + 1]))
    real = SampleLoop.run_until_complete

    def run(loop: SampleLoop, future: Any) -> Any:
        looking = loop.create_task(mistaken.look())
        try:
            return real(loop, future)
        finally:
            looking.cancel()

    SampleLoop.run_until_complete = run  # type: ignore[method-assign, assignment]
    return supervisor.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
