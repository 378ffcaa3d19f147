"""The control socket: the page and tools ask, the box answers, one JSON object a line (docs/architecture.md).

Life cycle: ``await ControlServer(path, desk).start()``, later ``await stop()``. The socket file is made with mode
0660 in a folder of the box; one that a dead supervisor left is replaced, one that somebody listens on is not
(``OSError``).

Nothing a client sends harms the process: lines, nesting, numbers, texts, clients and queues are bounded, what is
wrong is answered with ``bad_request``, and a fault inside a request is answered with ``failed`` and logged. After a
line that is too long the connection is closed, since what follows cannot be told apart. Where every place is taken,
the client that has been silent the longest makes room.

Who asks: for ``as.user`` the role is looked up in the store at each request; the claim can lower it, never raise it.
In the audit log a program stands by its ``via``, which can be no user, no handset and not the box itself.
Without a user, a program of the same system user (or root) is believed; any other may only ask what ``rules/rights``
marks ``programs``. Whose the things are that a request touches is asked by the desk, inside the act.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import os
import socket
import sqlite3
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from firmware.supervisor.control import arguments, json_line
from firmware.supervisor.control.requests import REQUESTS, SUBSCRIBE
from firmware.supervisor.desk.desk import Actor, Denied, Desk
from firmware.supervisor.events import Dropped, Subscription
from firmware.supervisor.rules import rights
from firmware.supervisor.rules.rights import Role
from firmware.supervisor.settings.schema import SettingsError
from firmware.supervisor.store.errors import Conflict, NotFound, Overloaded, Stopped

log = logging.getLogger(__name__)

CLIENTS = 64  # connections at once; one more takes the place of the one that is silent the longest
WATCHERS = 32  # of them that watch what is live and therefore are never silent: they must not take every place
SEND_S = 10.0  # sample clock; a client that takes nothing for so long is cut off
PATH_BYTES = 107  # sun_path of unix(7), its NUL taken off
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid of SO_PEERCRED, unix(7)


class ControlServer:
    """Serves ``path`` (``$FRONTDESK_HOME/run/control.sock``) and answers what stands in ``requests.REQUESTS``."""

    def __init__(self, path: Path, desk: Desk) -> None:
        self._path = path
        self._desk = desk
        self._server: asyncio.AbstractServer | None = None
        self._clients: dict[asyncio.Task[None], _Client] = {}
        self._silent = itertools.count(1)

    async def start(self) -> None:
        """Listen. Raises ``OSError`` when another supervisor listens there or the path cannot be used."""
        if len(os.fsencode(self._path)) > PATH_BYTES:
            raise OSError(f"{self._path}: a socket's path has at most {PATH_BYTES} bytes; choose a shorter folder")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        _clear(self._path)
        self._server = await asyncio.start_unix_server(self._serve, self._path, limit=json_line.LIMIT)
        self._path.chmod(0o660)

    async def stop(self) -> None:
        """Close every connection and remove the socket."""
        if self._server is None:
            return
        self._server.close()
        for task in tuple(self._clients):
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        self._path.unlink(missing_ok=True)
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        client = _Client(self._desk, reader, writer, self._silent, self._may_watch)
        self._clients[task] = client
        try:
            if len(self._clients) > CLIENTS and not self._make_room():
                await client.refuse("busy", f"{CLIENTS} clients are connected already, all of them at work")
            else:
                await client.run()
        except (OSError, TimeoutError):
            log.debug("control: a client went away")
        except asyncio.CancelledError:
            # stop() cancels; returning (not raising) keeps asyncio's stream callback from logging it as a fault.
            log.debug("control: a client was cut off")
        finally:
            self._clients.pop(task, None)
            await client.close()

    def _may_watch(self) -> bool:
        return sum(client.watches for client in self._clients.values()) < WATCHERS

    def _make_room(self) -> bool:
        """Cuts off who has asked for nothing the longest: connections left open must not lock a page out."""
        idle = [(client.silent_since, task) for task, client in self._clients.items() if client.silent_since]
        if len(idle) < 2:  # the newest, which wants the place, is one of them
            return False
        _, longest = min(idle, key=lambda pair: pair[0])
        self._clients.pop(longest)
        longest.cancel()
        return True


class _Client:
    """One connection: requests in order, and a stream of events once it has subscribed."""

    def __init__(
        self,
        desk: Desk,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        turns: Iterator[int],
        may_watch: Callable[[], bool],
    ) -> None:
        self._desk = desk
        self._may_watch = may_watch
        self._turns = turns
        self.silent_since = next(turns)
        """The turn since which it asks for nothing; 0 while it is answered, or watches what is live."""
        self._reader = reader
        self._writer = writer
        self._trusted = _peer_uid(writer) in (os.getuid(), 0)
        self._subscription: Subscription | None = None
        self._stream: asyncio.Task[None] | None = None

    @property
    def watches(self) -> bool:
        """Whether it has subscribed to what is live."""
        return self._subscription is not None

    async def run(self) -> None:
        """Answer until the client closes."""
        while True:
            try:
                line = await self._reader.readuntil(b"\n")
            except asyncio.IncompleteReadError as error:
                if error.partial.strip():
                    await self.refuse("bad_request", "the last line has no end")
                return
            except asyncio.LimitOverrunError:
                await self.refuse("bad_request", f"a line has at most {json_line.LIMIT} bytes")
                return
            if line.strip():
                self.silent_since = 0
                await self._answer(line)
                self.silent_since = 0 if self._subscription is not None else next(self._turns)

    async def refuse(self, code: str, message: str, request: int | None = None) -> None:
        """Send an error answer."""
        await self._send({"id": request, "ok": False, "error": {"code": code, "message": message}})

    async def close(self) -> None:
        """End the stream and the connection."""
        if self._subscription is not None:
            self._subscription.close()
        if self._stream is not None:
            self._stream.cancel()
            await asyncio.gather(self._stream, return_exceptions=True)
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _answer(self, line: bytes) -> None:
        request: int | None = None
        try:
            message = json_line.parse(line)
            request = _request_id(message)
            result = await self._perform(message)
            await self._send({"id": request, "ok": True, "result": result})
            if self._subscription is not None and self._stream is None:
                self._stream = asyncio.ensure_future(self._push(self._subscription))
        except (json_line.BadLine, arguments.BadArgument, SettingsError) as error:
            await self.refuse("bad_request", str(error), request)
        except Denied as error:
            await self.refuse("denied", str(error), request)
        except NotFound as error:
            await self.refuse("not_found", str(error), request)
        except (Conflict, sqlite3.IntegrityError) as error:
            await self.refuse("conflict", str(error), request)
        except (Stopped, Overloaded) as error:
            await self.refuse("busy", str(error), request)
        except (ConnectionError, TimeoutError):
            raise
        except Exception as error:
            log.exception("control: a request failed")
            await self.refuse("failed", f"{type(error).__name__}: {error}", request)

    async def _perform(self, message: dict[str, Any]) -> Any:
        unknown = set(message) - {"id", "do", "as", "args"}
        if unknown:
            raise arguments.BadArgument(f"{ascii(min(unknown))[:60]}: unknown; expected id, do, as, args")
        name = message.get("do")
        request = REQUESTS.get(name) if isinstance(name, str) else None
        if request is None or not isinstance(name, str):
            raise arguments.BadArgument(f"do: {ascii(name)[:60]} is not a request")
        actor = await self._actor(message.get("as", {}), name)
        values = arguments.read(request.arguments, message.get("args", {}))
        if name == SUBSCRIBE and self._subscription is None:
            if not self._may_watch():
                raise Overloaded(f"{WATCHERS} clients watch already")
            self._subscription = self._desk.events.subscribe()  # before the snapshot: no event falls between
        return await request.run(self._desk, actor, values)

    async def _actor(self, claim: Any, request: str) -> Actor:
        given = arguments.read(_ACTOR, claim)
        role: Role = "admin"
        if given["user"] is None and not self._trusted:
            role = "user" if rights.RIGHTS[request].programs else "anyone"
        if given["role"]:
            claimed: Role = "anyone" if given["role"] == "first_visit" else given["role"]
            role = min(role, claimed, key=rights.ROLES.index)
        return await self._desk.verified(Actor(given["user"], given["name"], role, given["via"]), request)

    async def _push(self, subscription: Subscription) -> None:
        """Send what is published; a client too slow for it is told, if it still listens, and cut off."""
        try:
            while (event := await subscription.next()) is not None:
                await self._send({"event": event.name, "data": event.data})
        except Dropped as error:
            await self._send({"event": "dropped", "data": {"why": str(error)}})
            self._writer.close()
        except (OSError, TimeoutError):
            self._writer.transport.abort()

    async def _send(self, message: dict[str, Any]) -> None:
        self._writer.write(json.dumps(message, allow_nan=False).encode() + b"\n")
        async with asyncio.timeout(SEND_S):
            await self._writer.drain()


_ACTOR = {
    "user": arguments.Argument(lambda value: None if value is None else arguments.row_id(value), None),
    "name": arguments.Argument(arguments.text(120), ""),
    "role": arguments.Argument(arguments.one_of("anyone", "first_visit", "user", "admin"), ""),
    "via": arguments.Argument(arguments.text(40, pattern="(?!box$)[a-z][a-z0-9_.-]*"), "program"),
}


def _request_id(message: dict[str, Any]) -> int | None:
    value = message.get("id")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise json_line.BadLine("id: expected a whole number")
    return value


def _peer_uid(writer: asyncio.StreamWriter) -> int:
    connection = writer.get_extra_info("socket")
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(raw)[1])


def _clear(path: Path) -> None:
    """Remove a socket nobody listens on any more."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(f"{path}: another supervisor listens here already")
