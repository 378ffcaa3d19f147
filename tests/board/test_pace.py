"""Determinism and the two paces: the same bytes from run to run, the lockstep handshake, the pty."""

from __future__ import annotations

import os
import select
import socket
import struct
import threading
from pathlib import Path
from typing import Any

import pytest

from board.virtual.board import Board
from board.virtual.hat.stand_in import Hat
from board.virtual.lockstep import Lockstep
from board.virtual.realtime import RealTime
from board.virtual.uart import Pty
from firmware.hat import protocol as p
from firmware.hat.cobs import Splitter, frame, parse

RECORD = struct.Struct("<II")


def played(kit: Any, seed: int) -> bytes:
    """A little of everything, as the bytes the HAT wrote."""
    host = kit.host(seed=seed)
    host.board.fault("noise", 1e-4)
    call = host.board.exchange.call("A", "+15145550123", "Paul Roy")
    host.command(p.OP_CID_MONITOR, 0, 1)
    host.run(4.0)
    host.board.handsets["C"].lift()
    host.run(0.5)
    host.send(frame(p.CMD, 0, 900, 0, p.pack(p.CMD, p.OP_OFFHOOK, 0, b"")))
    host.send(frame(p.CMD, 0, 901, 0, p.pack(p.CMD, p.OP_BRIDGE, 0, bytes((0, 2)))))
    host.run(0.5)
    call.party.say(kit.tone(900, 1.0))
    host.board.handsets["C"].dial("123")
    host.run(2.0)
    call.hang_up()
    host.run(2.0)
    return bytes(host.raw)


def test_a_run_repeats_byte_for_byte_and_seeds_differ(kit: Any) -> None:
    one = played(kit, 5)
    assert one == played(kit, 5)
    assert one != played(kit, 6)


class Peer(threading.Thread):
    """A Pi in a thread: reads exactly what it is told of, answers each block; stops after ``blocks``."""

    def __init__(self, device: str, path: Path, blocks: int) -> None:
        super().__init__(daemon=True)
        self.read = bytearray()
        self.totals: list[tuple[int, int]] = []
        self._device = device
        self._path = path
        self._blocks = blocks

    def run(self) -> None:
        serial = os.open(self._device, os.O_RDWR | os.O_NOCTTY)
        lock = socket.socket(socket.AF_UNIX)
        lock.connect(str(self._path))
        splitter, written, begun = Splitter(), 0, 0
        for _ in range(self._blocks):
            record = lock.recv(RECORD.size, socket.MSG_WAITALL)
            number, total = RECORD.unpack(record)
            self.totals.append((number, total))
            answer = b""
            while begun < total:
                data = os.read(serial, total - begun)
                begun += len(data)
                self.read += data
                for piece in splitter.feed(data):
                    kind, _, _, ts, _ = parse(piece)
                    if kind == p.AUDIO_UP:
                        answer = frame(p.AUDIO_DOWN, 0, 0, ts)
            if number == 0:
                answer = frame(p.HELLO, 255, 1, 0, p.pack(p.HELLO, p.VERSION, 99)) + answer
            written += len(answer)
            os.write(serial, answer)
            lock.sendall(RECORD.pack(number, written))
        lock.close()
        os.close(serial)


@pytest.fixture
def pty() -> Any:
    pty = Pty()
    yield pty
    pty.close()


def lockstep(pty: Pty, tmp_path: Path, blocks: int) -> tuple[Board, Peer]:
    board = Board("CA", 1)
    pace = Lockstep(board, pty, tmp_path / "lockstep")
    peer = Peer(pty.device, tmp_path / "lockstep", blocks)
    peer.start()
    pace.wait_for_host()
    for _ in range(blocks + 5):
        pace.tick()
    peer.join(10.0)
    assert not peer.is_alive() and not pace.connected
    pace.close()
    return board, peer


def test_lockstep_counts_bytes_and_loses_no_block(pty: Pty, tmp_path: Path) -> None:
    board, peer = lockstep(pty, tmp_path, 300)
    assert [number for number, _ in peer.totals] == list(range(300))
    assert peer.totals[-1][1] == len(peer.read)
    assert isinstance(board.hat, Hat)
    assert board.hat.audio.underruns <= 4 and board.hat.audio.late == 0  # the peer has gone at the end
    assert board.now == 305 * p.BLOCK  # the board goes on without a Pi


def test_lockstep_runs_repeat_byte_for_byte(tmp_path: Path) -> None:
    runs = []
    for _ in range(2):
        pty = Pty()
        runs.append(bytes(lockstep(pty, tmp_path, 200)[1].read))
        pty.close()
    assert runs[0] == runs[1]


def test_a_second_pi_starts_on_a_clean_line(pty: Pty, tmp_path: Path) -> None:
    board = Board("CA", 1)
    pace = Lockstep(board, pty, tmp_path / "lockstep")
    for blocks in (50, 30):
        peer = Peer(pty.device, tmp_path / "lockstep", blocks)
        peer.start()
        pace.wait_for_host()
        began = board.now
        while pace.connected:
            pace.tick()
        peer.join(10.0)
        frames = [parse(piece) for piece in Splitter().feed(bytes(peer.read))]
        assert next(ts for kind, _, _, ts, _ in frames if kind == p.AUDIO_UP) == began
        assert peer.totals[0][0] == 0 and peer.totals[-1][1] == len(peer.read)
    pace.close()


def test_a_pi_that_never_comes_is_told(pty: Pty, tmp_path: Path) -> None:
    pace = Lockstep(Board("CA"), pty, tmp_path / "lockstep")
    with pytest.raises(TimeoutError, match="did not connect"):
        pace.wait_for_host(0.01)
    pace.close()


def test_real_time_never_blocks_with_nobody_reading(pty: Pty) -> None:
    while pty.write(bytes(1000)):  # the terminal's buffer fills up
        pass
    pace = RealTime(Board("CA"), pty)
    assert pace.tick()
    assert pty.dropped > 1000


def test_real_time_keeps_to_its_clock(pty: Pty) -> None:
    now = 100.0
    board = Board("CA")
    pace = RealTime(board, pty, lambda: now)
    assert pace.tick() and not pace.tick()
    assert pace.wait_s == pytest.approx(0.02)
    now += 0.1  # a little late: the blocks are made up for
    assert [pace.tick() for _ in range(6)] == [True] * 5 + [False]
    now += 30.0  # a lid was closed: time goes on from here
    assert [pace.tick() for _ in range(3)] == [True, False, False]
    assert board.now == 7 * p.BLOCK


def test_the_pty_is_raw(pty: Pty) -> None:
    slave = os.open(pty.device, os.O_RDWR | os.O_NOCTTY)
    data = bytes(range(256)) * 4
    pty.write(data)
    assert os.read(slave, 4096) == data
    os.write(slave, data)
    select.select([], [], [], 0)
    assert pty.read_exactly(len(data), 5.0) == data
    os.close(slave)
