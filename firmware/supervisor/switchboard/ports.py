"""All ports of the box, by name, whatever bank they are in: the HAT's, and those in other processes.

A bank elsewhere keeps the HAT's beat; one that goes is tried again every RETRY_S, and meanwhile its ports are out of
order. Life cycle: ``Ports(...)``, and its ``keepers`` among the duties.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from drivers.clock import SampleLoop
from drivers.link import LinkError
from drivers.ports.bank import PortBank
from drivers.ports.facts import Fact
from drivers.ports.port import Port
from drivers.remote import MOST_PORTS, Remote, RemoteBank

log = logging.getLogger(__name__)

RETRY_S: Final = 1.0


class Ports:
    """``elsewhere``: the setting ``link.elsewhere``; paths in it are seen from ``home``."""

    def __init__(self, loop: SampleLoop, hat: PortBank, elsewhere: str, home: Path) -> None:
        self._hat = hat
        self._elsewhere: dict[str, RemoteBank] = {}
        for entry in elsewhere.split():
            name, _, path = entry.partition("=")
            remote = Remote(loop, functools.partial(_opened, home / path))
            names = tuple(f"{name}{number}" for number in range(1, MOST_PORTS + 1))
            self._elsewhere[name] = RemoteBank(loop, remote, hat.law, names)
        hat.beside.extend(self._elsewhere.values())

    def on_fact(self, told: Callable[[Port, Fact], None]) -> None:
        """From now on every fact of every port goes to ``told`` first."""
        for bank in self._banks:
            bank.on_fact = told

    @property
    def ports(self) -> list[Port]:
        return [port for bank in self._banks for port in bank.ports]

    @property
    def lines(self) -> list[Port]:
        return [port for port in self.ports if port.kind == "line"]

    @property
    def handsets(self) -> list[Port]:
        return [port for port in self.ports if port.kind == "handset"]

    def __getitem__(self, name: str) -> Port:
        return next(port for port in self.ports if port.name == name)

    def keepers(self) -> list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]]:
        """Each bank elsewhere, by name, and what keeps it connected: a duty that never ends."""
        return [(name, functools.partial(_keep, name, bank)) for name, bank in self._elsewhere.items()]

    @property
    def _banks(self) -> list[PortBank]:
        return [self._hat, *self._elsewhere.values()]


async def _keep(name: str, bank: RemoteBank) -> None:
    """Connects one bank, and again whenever it has gone."""
    gone = asyncio.Event()
    bank.on_lost = lambda why: gone.set()
    said = ""
    while True:
        gone.clear()
        try:
            await bank.connect()
            log.info("ports elsewhere: %s: %s", name, ", ".join(port.name for port in bank.ports))
            said = ""
            await gone.wait()
        except LinkError as error:
            if str(error) != said:
                said = str(error)
                log.error("ports elsewhere: %s: %s", name, error)
        await asyncio.sleep(RETRY_S)


def _opened(path: Path) -> socket.socket:
    """A stream to a gateway. Raises OSError."""
    made = socket.socket(socket.AF_UNIX)
    try:
        made.connect(os.fspath(path))
    except OSError:
        made.close()
        raise
    return made
