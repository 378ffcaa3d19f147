"""A bank of ports in another process: the frames of the link's protocol over a Unix socket, the box as host.

The other side plays the HAT (``firmware.gateways.played``): it answers HELLO with the kinds of its ports, takes
commands, tells events. Its clock counts for nothing: at each beat of the HAT it is sent AUDIO_DOWN, what its ports
play, and answers with AUDIO_UP of the same time stamp, what they said. In real time the oldest of the newest ``held``
answers is taken; one that is late is silence, and counted. In lockstep each beat waits for the answer to the one
before, and takes what came before it, no more: the same from run to run.

Life cycle: ``Remote(loop, opened)``, ``await connect()``, then as ``drivers.link.Link``; ``on_lost`` once when the
other side has gone, after that ``connect`` may be called again. Nothing is resent: a Unix socket loses nothing.
The other side may parse strangers' bytes, so it is believed nothing: what is no frame is counted, what names no port or
lies beyond the present is not taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.clock import SampleLoop
from drivers.link import CommandLost, CommandRefused, LinkLost
from drivers.ports.abilities import REMOTE_HANDSET, REMOTE_LINE
from drivers.ports.bank import PortBank
from drivers.signals import g711
from drivers.telephone import Hello, Telephone
from drivers.telephone import Samples as Codes
from drivers.uart import LinkError
from firmware.hat import protocol as p
from firmware.hat.cobs import FrameError, Splitter, frame, parse

HELD: Final = 2  # answers kept in real time: more is delay
HELLO_S: Final = 20.0  # for a process that has only just been started
ANSWER_S: Final = 20.0  # in lockstep, by the wall clock: who takes this long over a block hangs
COMMAND_S: Final = 1.0
MOST_PORTS: Final = 8
MOST_WAITING: Final = 64  # frames that the other side has not taken yet; sound beyond that would only be late
OLDEST: Final = 2 * p.RATE  # how long ago something may be said to have happened
_PACKET: Final = 65536


class Remote(Telephone):
    """One process with ports. ``opened`` gives a socket to it, stream or packets; it may raise OSError."""

    does = MappingProxyType({"line": REMOTE_LINE, "handset": REMOTE_HANDSET})

    def __init__(self, loop: SampleLoop, opened: Callable[[], socket.socket], held: int = HELD) -> None:
        super().__init__()
        self._loop = loop
        self._opened = opened
        self._most_held = held
        self._socket: socket.socket | None = None
        self._splitter = Splitter()
        self._frames: deque[bytes] = deque()  # that have come, not taken yet
        self._waiting: deque[bytes] = deque()  # that the socket has no room for
        self._held: deque[tuple[int, Codes | None]] = deque()
        self._pending: dict[tuple[int, int], asyncio.Future[bytes]] = {}
        self._seq = 0
        self._audio_seq = 0
        self._ts = 0
        self._owed = False  # lockstep: the last block has not been answered yet

    # As drivers.link.Link

    async def connect(self) -> Hello:
        """Says HELLO. Raises LinkError where nobody is there, or somebody who is no bank of ports."""
        self.close()
        try:
            self._socket = self._opened()
        except OSError as error:
            raise LinkLost(f"ports elsewhere: {error.strerror or error}") from error
        self._splitter, self._owed = Splitter(), False
        self._socket.settimeout(ANSWER_S if self._loop.lockstep else 0.0)
        if not self._loop.lockstep:
            self._loop.add_reader(self._socket.fileno(), self._readable)
        answer = await self._request(p.HELLO, p.NO_PORT, p.pack(p.HELLO, p.VERSION, 0), HELLO_S)
        version, status, _, *firmware, uid, rev, ports, kinds, delay, cause, features = p.unpack(p.HELLO_R, answer)
        if status != p.OK or version != p.VERSION or not 0 < ports <= MOST_PORTS:
            self.close()
            raise LinkError(f"ports elsewhere: version {version}, status {status}, {ports} ports: no bank of this box")
        self.hello = Hello(".".join(map(str, firmware)), uid.hex(), rev, kinds[:ports], delay, cause, features)
        self.up = True
        return self.hello

    async def command(self, op: int, port: int, *args: Any) -> bytes:
        """Has the other side do ``op``. Raises CommandRefused, CommandLost or LinkLost."""
        payload = p.pack(p.CMD, op, 0, p.pack_args(p.OPS, op, *args))
        _, status, reply = p.unpack(p.CMD_R, await self._request(p.CMD, port, payload, COMMAND_S))
        if status != p.OK:
            raise CommandRefused(p.OPS[op][0], port, status)
        return bytes(reply)

    async def configure(self, key: int, *values: Any, port: int = p.NO_PORT) -> None:
        """Sets one key of CFG_KEYS. Raises as ``command``."""
        payload = p.pack(p.CFG, key, p.pack_args(p.CFG_KEYS, key, *values))
        _, status, _ = p.unpack(p.CFG_R, await self._request(p.CFG, port, payload, COMMAND_S))
        if status != p.OK:
            raise CommandRefused(f"CFG {p.CFG_KEYS[key][0]}", port, status)

    def sample_of(self, ts: int) -> int:
        """When the other side's ``ts``, one of the HAT's, was; never in the future, nor longer ago than OLDEST."""
        ahead = (ts - self._ts - p.BLOCK) & 0xFFFFFFFF
        ahead = ahead - (1 << 32) if ahead >> 31 else ahead
        return self._loop.samples + min(0, max(-OLDEST, ahead))

    def close(self) -> None:
        """Lets the other side go; what still waits gets LinkLost."""
        self.up = False
        opened, self._socket = self._socket, None
        if opened is not None:
            if not self._loop.lockstep:
                self._loop.remove_reader(opened.fileno())
                self._loop.remove_writer(opened.fileno())
            opened.close()
        self._frames.clear()
        self._waiting.clear()
        self._held.clear()
        pending, self._pending = self._pending, {}
        for future in pending.values():
            if not future.done():
                future.set_exception(LinkLost("the ports elsewhere have gone"))

    # The beat

    def heard(self) -> tuple[int, Codes | None]:
        """What the ports said, as mask and codes (samples x ports); in lockstep once the last block is answered."""
        if self._loop.lockstep:
            self._until(lambda: not self._owed)
        while len(self._held) > self._most_held:
            self._held.popleft()
            self.counters.late += 1
        if self._held:
            return self._held.popleft()
        self.counters.concealed += 1
        return 0, None

    def say(self, ts: int, mask: int, codes: Codes | None) -> None:
        """What the ports play in the block of time stamp ``ts``."""
        self._ts = ts
        payload = b"" if codes is None else codes.tobytes()
        self._audio_seq = (self._audio_seq + 1) & 0xFFFF
        self._send(frame(p.AUDIO_DOWN, mask if payload else 0, self._audio_seq, ts, payload), droppable=True)
        self._owed = True

    def leave(self) -> None:
        """The link is over, but for ``last_words``."""
        self.up = False
        if self._socket is not None and not self._loop.lockstep:
            self._loop.remove_reader(self._socket.fileno())
            self._loop.remove_writer(self._socket.fileno())

    def last_words(self, seconds: float) -> list[str]:
        """What the other side still logs until it ends, once it is told to. Raises OSError when it does not end.

        Blocks, so that it is for another thread; after ``leave``.
        """
        words: list[str] = []
        if self._socket is not None:
            self._socket.settimeout(seconds)
            self._socket.shutdown(socket.SHUT_WR)
            while data := self._socket.recv(_PACKET):
                self._frames.extend(self._splitter.feed(data))
        for piece in self._frames:
            with contextlib.suppress(FrameError, p.ProtocolError):
                kind, _, _, _, payload = parse(piece)
                if kind == p.LOG:
                    words.append(p.unpack(p.LOG, payload)[1].decode("utf-8", "replace"))
        return words

    # Frames out

    async def _request(self, kind: int, port: int, payload: bytes, seconds: float) -> bytes:
        if self._socket is None or not (self.up or kind == p.HELLO):
            raise LinkLost("the ports elsewhere are not connected")
        self._seq = (self._seq + 1) & 0xFFFF
        key = (p.ANSWERS[kind], self._seq)
        future: asyncio.Future[bytes] = self._loop.create_future()
        self._pending[key] = future
        self._send(frame(kind, port, self._seq, self._ts, payload))
        if self._loop.lockstep and kind == p.HELLO:
            self._until(future.done)
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError as error:
            raise CommandLost(f"{p.MESSAGES[kind][0]} to ports elsewhere: no answer for {seconds:g} s") from error
        finally:
            self._pending.pop(key, None)

    def _send(self, data: bytes, *, droppable: bool = False) -> None:
        if self._socket is None or (droppable and len(self._waiting) > MOST_WAITING):
            return
        if self._loop.lockstep:
            try:
                self._socket.sendall(data)
            except OSError as error:
                self._lose(str(error))
            return
        self._waiting.append(data)
        self._flush()

    def _flush(self) -> None:
        opened = self._socket
        if opened is None:
            return
        try:
            while self._waiting:
                sent = opened.send(self._waiting[0])
                rest = self._waiting.popleft()[sent:]
                if rest:  # of a stream: its next bytes go first
                    self._waiting.appendleft(rest)
        except BlockingIOError:
            self._loop.add_writer(opened.fileno(), self._flush)
        except OSError as error:
            self._lose(str(error))
        else:
            self._loop.remove_writer(opened.fileno())

    # Frames in

    def _readable(self) -> None:
        if self._take_bytes():
            while self._frames:
                self._frame(self._frames.popleft())

    def _until(self, come: Callable[[], bool]) -> None:
        """Lockstep: takes frame after frame until ``come``, or the other side has gone."""
        while not come() and self._socket is not None:
            if self._frames:
                self._frame(self._frames.popleft())
            else:
                self._take_bytes()

    def _take_bytes(self) -> bool:
        assert self._socket is not None
        try:
            data = self._socket.recv(_PACKET)
        except BlockingIOError:
            return False
        except OSError as error:
            self._lose(str(error))
            return False
        self._frames.extend(self._splitter.feed(data))
        if not data:
            while self._frames:  # its last words
                self._frame(self._frames.popleft())
            self._lose("it has ended")
        return bool(data)

    def _lose(self, why: str) -> None:
        was_up = self.up
        self.close()
        if was_up:
            self.on_lost(f"ports elsewhere: {why}")

    def _frame(self, piece: bytes) -> None:
        self.counters.frames += 1
        try:
            kind, port, seq, ts, payload = parse(piece)
            if kind == p.AUDIO_UP:
                self._audio(port, payload)
            elif (kind, seq) in self._pending:
                if not self._pending[kind, seq].done():
                    self._pending[kind, seq].set_result(payload)
            elif kind == p.EVENT and self.up:
                self._send(frame(p.ACK, port, seq, ts, p.pack(p.ACK, p.EVENT, seq, p.OK)))
                what, at, args = p.unpack(p.EVENT, payload)
                self.counters.events += 1
                self.on_event(port, what, at, p.unpack_args(p.EVENTS, what, args))
            elif kind == p.LOG:
                level, text = p.unpack(p.LOG, payload)
                self.on_log(level, text.decode("utf-8", "replace"))
        except (FrameError, p.ProtocolError):
            self.counters.bad_frames += 1

    def _audio(self, mask: int, payload: bytes) -> None:
        data = p.unpack(p.AUDIO_UP, payload)[-1]
        ports = mask.bit_count()
        self._owed = False
        if len(data) != ports * p.BLOCK or mask >> len(self.hello.kinds):
            raise p.ProtocolError(f"AUDIO_UP: {len(data)} samples for the ports {mask:#x}")
        codes: npt.NDArray[np.uint8] | None = np.frombuffer(data, np.uint8).reshape(p.BLOCK, ports) if ports else None
        self._held.append((mask, codes))


class RemoteBank(PortBank):
    """The ports behind a ``Remote``, which keep the beat of another bank: put it into that one's ``beside``."""

    def __init__(self, loop: SampleLoop, remote: Remote, law: g711.Law, names: tuple[str, ...]) -> None:
        super().__init__(loop, remote, law, names)
        self._remote = remote
        self.on_lost: Callable[[str], None] = lambda why: None
        remote.on_lost = self._lost

    async def connect(self) -> None:
        """Reaches the other side and makes its ports. Raises LinkError."""
        hello = await self._remote.connect()
        self.configure(hello.kinds, hello.playout_delay)

    def take(self, ts: int) -> None:
        """The other side's block for this beat."""
        if self._remote.up:
            mask, codes = self._remote.heard()
            self.hear(ts, mask, codes)
        for bank in tuple(self.beside):
            bank.take(ts)

    def give(self, ts: int) -> None:
        """What its ports play in this beat."""
        if self._remote.up:
            self._remote.say(ts, *self.say(ts))
        for bank in tuple(self.beside):
            bank.give(ts)

    def _lost(self, why: str) -> None:
        for port in self.ports:
            port.fault, port.out_of_order, port.off_hook = why, True, False
            if port.user is not None:
                port.user.lost(why)
        self.on_lost(why)
