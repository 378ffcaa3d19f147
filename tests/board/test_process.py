"""The board as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.hat import protocol as p
from firmware.hat.cobs import Splitter, parse

ROOT = Path(__file__).resolve().parents[2]


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "board.virtual", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_device_and_socket_are_there_and_go_with_the_process(tmp_path: Path) -> None:
    board = start("--home", str(tmp_path), "--country", "GB")
    try:
        assert board.stdout is not None and "sentences on" in board.stdout.readline()
        serial = os.open(tmp_path / "run" / "hat", os.O_RDWR | os.O_NOCTTY)
        splitter, kinds = Splitter(), set()
        while p.AUDIO_UP not in kinds:
            for piece in splitter.feed(os.read(serial, 4096)):
                kinds.add(parse(piece)[0])
        os.close(serial)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "run" / "board.sock"))
            client.sendall(b"state\n")
            answer = json.loads(client.makefile().readline())
        assert answer["ok"] and json.loads(answer["text"])["relay"] == "line A"
        second = start("--home", str(tmp_path))
        assert "another board" in second.communicate(timeout=20)[1] and second.returncode == 2
        board.send_signal(signal.SIGTERM)
        assert board.wait(10) == 0
        assert list((tmp_path / "run").iterdir()) == []
    finally:
        board.kill()
        board.communicate()


@pytest.mark.parametrize("arguments", [("--country", "XX"), ("--lockstep", "/nowhere/socket")])
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    board = start("--home", str(tmp_path), *arguments)
    _, errors = board.communicate(timeout=20)
    assert board.returncode == 2
    assert errors.startswith("virtual board: ") and errors.count("\n") == 1
