"""A bank of ports in another process: beside a HAT in lockstep, and alone in real time with whatever it may send."""

from __future__ import annotations

import asyncio
import functools
import socket
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.clock import SampleLoop
from drivers.link import CommandLost, CommandRefused, LinkLost
from drivers.ports import facts
from drivers.ports.bank import PortBank
from drivers.ports.facts import Fact
from drivers.ports.port import Port
from drivers.remote import MOST_WAITING, Remote, RemoteBank
from drivers.signals import g711, tones
from drivers.signals.levels import dbm0
from drivers.signals.tonespec import parse
from drivers.uart import LinkError
from firmware.gateways.played import Played
from firmware.hat import protocol as p
from firmware.hat.cobs import frame
from tests.drivers.conftest import Rig
from tests.drivers.remote.elsewhere import Elsewhere

BLOCK = p.BLOCK
LOUD = np.full(BLOCK, 0x90, np.uint8).tobytes()


def level_at(sound: np.ndarray, hz: float) -> float:
    """The level of one tone in a sound, dBm0."""
    turned = sound * np.exp(-2j * np.pi * hz / 8000 * np.arange(sound.size))
    return 20 * np.log10(abs(turned.mean()) * 2 / 32768 + 1e-9) + 6.15


# In lockstep, beside a HAT


def talk(folder: Path, ppm: int) -> tuple[bytes, bytes, list[Fact]]:
    """Handset C says 600 Hz and is played the telephone elsewhere, which says 1000 Hz: what each of them heard."""
    folder.mkdir()
    rig = Rig(folder)
    told: list[Fact] = []
    ended: list[int] = []
    with Elsewhere(folder, "--says", "1000", "--ppm", str(ppm), "--lifts-after", "0.5", "--types", "4#") as phone:
        hat = PortBank(rig.loop, rig.link, "mu")
        away = RemoteBank(rig.loop, Remote(rig.loop, phone.opened), "mu", ("web1",))
        away.on_fact = lambda port, fact: told.append(fact)
        hat.beside.append(away)
        handset = rig.board.handsets["C"]
        rig.at(0.5, lambda board: handset.lift())
        rig.at(0.6, lambda board: handset.party.say(tones.ToneSource(parse("600")).read(8 * 8000)))

        async def work() -> None:
            hello = await rig.link.connect()
            hat.configure(hello.kinds, hello.playout_delay)
            await away.connect()
            near, far = hat["C"], away["web1"]
            assert (far.kind, far.does.bridges, far.does.rings) == ("handset", False, True)
            await far.ring(1)
            while not far.off_hook:
                await asyncio.sleep(0.02)
            await far.stop_ringing()
            for one, other in ((near, far), (far, near)):
                one.tap(functools.partial(pass_on, other))
            await asyncio.sleep(5.0)
            away.link.close()
            ended.append(rig.loop.samples - 4000 - 4 * BLOCK)  # lifted since then; the board may be a block ahead

        try:
            rig.run(work())
        finally:
            rig.close()
    return phone.heard.tobytes(), handset.party.heard[: ended[0]].tobytes(), told


def pass_on(to: Port, raw: np.ndarray, heard: np.ndarray) -> None:
    """A block from one port is played to another."""
    to.play(heard)


@pytest.mark.parametrize("ppm", [100, -100])
def test_a_telephone_elsewhere_talks_with_a_handset_the_same_each_time(tmp_path: Path, ppm: int) -> None:
    first, again = talk(tmp_path / "first", ppm), talk(tmp_path / "again", ppm)
    assert first == again
    elsewhere, here = (np.frombuffer(sound, np.int16)[-3 * 8000 : -8000] for sound in first[:2])
    assert level_at(elsewhere, 600) > -20.0 and level_at(elsewhere, 1000) < -45.0
    assert level_at(here, 1000) > -25.0
    lifted, *keys = first[2]
    assert isinstance(lifted, facts.Lifted)
    assert [key.key for key in keys if isinstance(key, facts.Digit)] == ["4", "#"]


def test_a_process_that_is_killed_in_lockstep_is_lost_and_the_hat_goes_on(rig: Rig, tmp_path: Path) -> None:
    lost: list[str] = []
    with Elsewhere(tmp_path) as phone:
        hat = PortBank(rig.loop, rig.link, "mu")
        away = RemoteBank(rig.loop, Remote(rig.loop, phone.opened), "mu", ("web1",))
        away.on_lost = lost.append
        hat.beside.append(away)

        async def work() -> int:
            await rig.link.connect()
            await away.connect()
            user = Owner(away["web1"])
            await asyncio.sleep(0.2)
            phone.kill()
            await asyncio.sleep(0.2)
            assert user.why == lost[0]
            with pytest.raises(LinkLost):
                await away["web1"].ring(1)
            with pytest.raises(LinkLost, match="ports elsewhere"):
                await away.connect()
            return rig.loop.samples

        before = rig.loop.samples
        assert rig.run(work()) > before
    assert len(lost) == 1


class Owner:
    """Owns a port, and is told when it has gone."""

    state = "in use"

    def __init__(self, port: Port) -> None:
        self.why = ""
        port.user = self  # type: ignore[assignment]  # what is not called is left out

    def lost(self, why: str) -> None:
        self.why = why


# In real time, against whatever comes


class Peer:
    """The other end of a socket, in this process: what it sends is written by hand."""

    def __init__(self, kind: socket.SocketKind) -> None:
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX, kind)
        self.theirs.setblocking(False)
        self.ops: list[int] = []
        self.played = Played(self.theirs, bytes([p.EXT]), self)

    def command(self, op: int, port: int, args: tuple[Any, ...]) -> int:
        self.ops.append(op)
        return p.OK if op == p.OP_RING else p.ERR_STATE

    def block(self, ts: int, mask: int, codes: bytes) -> tuple[int, bytes]:
        return 1, LOUD

    def turn(self) -> None:
        """Answers all that has come."""
        try:
            self.played.serve()
        except BlockingIOError:
            return

    def send(self, kind: int, port: int, payload: bytes) -> None:
        self.theirs.sendall(frame(kind, port, 0, 0, payload))


Body = Callable[[RemoteBank, Peer], Coroutine[Any, Any, None]]


@pytest.fixture(params=[socket.SOCK_STREAM, socket.SOCK_SEQPACKET])
def alone(request: pytest.FixtureRequest) -> Iterator[Callable[[Body], None]]:
    """Runs a body with a bank whose other side is a ``Peer``, connected."""
    loop = SampleLoop()
    peer = Peer(request.param)

    def run(body: Body) -> None:
        async def work() -> None:
            bank = RemoteBank(loop, Remote(loop, lambda: peer.ours), "mu", ("web1",))
            connecting = asyncio.ensure_future(bank.connect())
            while not connecting.done():
                await asyncio.sleep(0)
                peer.turn()
            await connecting
            await body(bank, peer)

        loop.run_until_complete(work())

    yield run
    peer.ours.close()
    peer.theirs.close()
    loop.close()


def beat(bank: RemoteBank, ts: int) -> None:
    bank.take(ts)
    bank.give(ts)


async def turned(peer: Peer) -> None:
    """The other side has answered, and the loop has read it."""
    peer.turn()
    for _ in range(16):  # of packets each turn of the loop reads one
        await asyncio.sleep(0)


def test_an_answer_that_is_late_is_silence_and_no_more_than_two_are_kept(alone: Callable[[Body], None]) -> None:
    async def body(bank: RemoteBank, peer: Peer) -> None:
        heard: list[float] = []
        bank["web1"].tap(lambda raw, near: heard.append(dbm0(raw)))
        for block in range(10):
            beat(bank, block * BLOCK)
        assert max(heard) < -60.0, "nobody has answered yet"
        assert bank.link.counters.concealed == 10
        heard.clear()
        await turned(peer)  # all ten at once
        for block in range(10, 14):
            bank.take(block * BLOCK)
        assert [level > -20.0 for level in heard] == [True, True, False, False]
        assert bank.link.counters.late == 8

    alone(body)


def test_a_command_is_done_refused_or_not_answered(alone: Callable[[Body], None]) -> None:
    async def body(bank: RemoteBank, peer: Peer) -> None:
        for work, error in ((bank["web1"].ring(3), None), (bank["web1"].stop_ringing(), CommandRefused)):
            asked = asyncio.ensure_future(work)
            await asyncio.sleep(0)
            await turned(peer)
            assert asked.done()
            if error is not None:
                assert isinstance(asked.exception(), error)
        assert peer.ops == [p.OP_RING, p.OP_RING_STOP]
        with pytest.raises(CommandLost, match="CMD to ports elsewhere"):
            await bank["web1"].ring(3)

    alone(body)


def test_one_that_takes_nothing_any_more_holds_nobody_up(alone: Callable[[Body], None]) -> None:
    async def body(bank: RemoteBank, peer: Peer) -> None:
        port = bank["web1"]
        for block in range(50 * 60):
            port.play(np.full(BLOCK, 5000, np.int16))
            beat(bank, block * BLOCK)
        assert len(bank.link._waiting) <= MOST_WAITING + 1  # type: ignore[attr-defined]
        for _ in range(200):
            await turned(peer)
        heard: list[float] = []
        port.tap(lambda raw, near: heard.append(dbm0(raw)))
        beat(bank, 0)
        await turned(peer)
        beat(bank, BLOCK)
        assert heard[-1] > -20.0, "and it has its say again"

    alone(body)


HOSTILE = {
    "no frame": b"\0" + bytes(range(1, 200)) + b"\0",
    "no end": bytes([7]) * 300_000,
    "a port that there is not": frame(p.AUDIO_UP, 0x80, 0, 0, p.pack(p.AUDIO_UP, 0, 0, 0, LOUD)),
    "half a block": frame(p.AUDIO_UP, 1, 0, 0, p.pack(p.AUDIO_UP, 0, 0, 0, LOUD[:80])),
    "an unknown event": frame(p.EVENT, 0, 0, 0, p.pack(p.EVENT, 99, 0, b"")),
    "an event of no port": frame(p.EVENT, 77, 0, 0, p.pack(p.EVENT, p.EV_HOOK_OFF, 0, b"")),
    "an answer to nothing": frame(p.CMD_R, 0, 4711, 0, p.pack(p.CMD_R, p.OP_RING, p.OK, b"")),
    "words that are none": frame(p.LOG, 0, 0, 0, p.pack(p.LOG, 1, b"\xff\xfe\x00")),
    "a second hello": frame(p.HELLO_R, 0, 0, 0, b"short"),
}


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_makes_no_sense_is_passed_over(alone: Callable[[Body], None], sent: bytes) -> None:
    async def body(bank: RemoteBank, peer: Peer) -> None:
        told: list[Fact] = []
        bank.on_fact = lambda port, fact: told.append(fact)
        for at in range(0, len(sent), 60_000):
            peer.theirs.setblocking(True)
            peer.theirs.sendall(sent[at : at + 60_000])
            peer.theirs.setblocking(False)
            await turned(peer)
        bank.take(0)
        peer.send(p.EVENT, 0, p.pack(p.EVENT, p.EV_HOOK_OFF, 0, b""))
        await turned(peer)
        assert [type(fact) for fact in told] == [facts.Lifted]
        assert bank["web1"].off_hook

    alone(body)


def test_nothing_happened_in_the_future_or_long_ago(alone: Callable[[Body], None]) -> None:
    async def body(bank: RemoteBank, peer: Peer) -> None:
        told: list[int] = []
        bank.on_fact = lambda port, fact: told.append(fact.at)
        now = bank.loop.samples
        for ts in (0, 0x7000_0000, 0x9000_0000):
            peer.send(p.EVENT, 0, p.pack(p.EVENT, p.EV_HOOK_OFF, ts, b""))
        await turned(peer)
        assert len(told) == 3 and all(now - 3 * p.RATE <= at <= bank.loop.samples for at in told)

    alone(body)


@pytest.mark.parametrize("hello", [(p.VERSION, p.ERR_VERSION, 1), (p.VERSION + 1, p.OK, 1), (p.VERSION, p.OK, 9)])
def test_who_is_no_bank_of_ours_is_refused(hello: tuple[int, int, int]) -> None:
    loop, (ours, theirs) = SampleLoop(), socket.socketpair()
    version, status, ports = hello

    async def work() -> None:
        remote = Remote(loop, lambda: ours)
        asked = asyncio.ensure_future(remote.connect())
        await asyncio.sleep(0)
        payload = p.pack(p.HELLO_R, version, status, 0, 0, 0, 0, bytes(8), 0, ports, bytes(8), 0, 0, 0)
        theirs.sendall(frame(p.HELLO_R, p.NO_PORT, 1, 0, payload))
        with pytest.raises(LinkError, match="no bank of this box"):
            await asked

    loop.run_until_complete(work())
    theirs.close()
    loop.close()


def test_the_law_of_the_line_is_the_law_of_the_link(alone: Callable[[Body], None]) -> None:
    async def body(bank: RemoteBank, peer: Peer) -> None:
        heard: list[np.ndarray] = []
        bank["web1"].tap(lambda raw, near: heard.append(raw))
        beat(bank, 0)
        await turned(peer)
        bank.take(BLOCK)
        assert np.array_equal(heard[-1], g711.decode(LOUD, "mu"))

    alone(body)
