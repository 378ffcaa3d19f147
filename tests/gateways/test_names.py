"""The names process: asked over its socket, ended when the other side ends, never brought down by what it is sent."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from board.virtual.voices import from_text
from drivers.clock import SampleLoop
from firmware.supervisor.listening.names import Contact, Names


class Client:
    """The other end of the socket."""

    def __init__(self) -> None:
        self.socket, theirs = socket.socketpair()
        command = [sys.executable, "-m", "firmware.gateways.names", "--fd", str(theirs.fileno())]
        self.process = subprocess.Popen(command, pass_fds=(theirs.fileno(),))
        theirs.close()
        self.lines = self.socket.makefile("rb")

    def ask(self, line: bytes) -> dict:
        self.socket.sendall(line + b"\n")
        return json.loads(self.lines.readline())


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    one = Client()
    yield one
    one.lines.close()
    one.socket.close()
    assert one.process.wait(10) == 0


def _sound(text: str) -> bytes:
    return json.dumps({"sound": base64.b64encode(from_text(text).tobytes()).decode()}).encode()


def test_a_name_is_found_and_unasked_names_are_not(client: Client) -> None:
    assert client.ask(json.dumps({"names": [["Paul Roy", ""], ["Marie Tremblay", ""]]}).encode()) == {"ready": 2}
    said = client.ask(_sound("call Marie Tremblay"))
    assert said["guesses"][0]["contact"] == 1
    assert said["band"] in ("accept", "confirm")


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"[]",
        b"{}",
        b'{"sound": "not base64!"}',
        b'{"sound": ""}',
        b'{"names": [["only one"]]}',
        b'{"names": 5}',
        json.dumps({"sound": base64.b64encode(bytes(200000)).decode()}).encode(),
    ],
)
def test_a_wrong_line_is_answered_and_survived(client: Client, line: bytes) -> None:
    assert "expected" in client.ask(line)["error"]
    assert client.ask(b'{"names": []}') == {"ready": 0}


def test_the_supervisor_gets_its_contacts_back_and_starts_the_process_again() -> None:
    loop = SampleLoop()
    names = Names(loop)
    people = [Contact(7, "Paul Roy"), Contact(9, "Marie Tremblay")]

    async def talk() -> None:
        await names.use(people)
        found = await names.guess(from_text("Marie Tremblay"))
        assert found.contacts[0] == people[1]
        assert names._process is not None
        names._process.kill()
        assert (await names.guess(from_text("Marie Tremblay"))).contacts == ()
        assert "ended" in names.fault
        assert (await names.guess(from_text("Paul Roy"))).contacts[0] == people[0]
        assert names.fault == ""
        assert (await names.guess(np.zeros(10, np.int16))).contacts == ()

    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(talk())
    finally:
        names.close()
        loop.close()
        asyncio.set_event_loop(None)
