"""The HAT's end of the link's reliability: answers remembered, events resent until acked, sequences counted apart."""

from __future__ import annotations

from collections import OrderedDict, deque

from firmware.hat import protocol as p
from firmware.hat.cobs import frame
from firmware.hat.protocol import RATE

ANSWERS = 64  # answers kept for resent commands
EVENTS = 64  # events kept for a host that does not ack; the oldest goes first
RESEND = p.RESEND_MS * RATE // 1000


class Answers:
    """What each command of the session was answered, so that a resent one is answered and not acted on again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def clear(self) -> None:
        self._kept.clear()

    def find(self, kind: int, seq: int) -> bytes | None:
        """The frame that answered this command before."""
        return self._kept.get((kind, seq))

    def keep(self, kind: int, seq: int, answer: bytes) -> None:
        self._kept[kind, seq] = answer
        while len(self._kept) > ANSWERS:
            self._kept.popitem(last=False)


class EventQueue:
    """Events on their way to the host. The sequence starts at 0 with each session."""

    def __init__(self, epoch: int) -> None:
        self.lost = 0
        """Events dropped because the host acked none for too long."""
        self._waiting: deque[tuple[int, int, bytes]] = deque()  # sequence, port, payload
        self._due: dict[int, int] = {}  # sequence -> sample of the next (re)sending
        self._seq = 0
        self._epoch = epoch  # sample of the board's clock at which the HAT's own count began

    def restart(self) -> None:
        """A new session: what the old one missed is history; the state itself is in STATUS."""
        self._waiting.clear()
        self._due.clear()
        self._seq = 0

    def put(self, port: int, kind: int, at: int, *args: int) -> None:
        """An event that happened at sample ``at``."""
        payload = p.pack(p.EVENT, kind, (at - self._epoch) & 0xFFFFFFFF, p.pack_args(p.EVENTS, kind, *args))
        if len(self._waiting) >= EVENTS:
            seq, _, _ = self._waiting.popleft()
            self._due.pop(seq, None)
            self.lost += 1
        self._waiting.append((self._seq, port, payload))
        self._due[self._seq] = 0
        self._seq = (self._seq + 1) & 0xFFFF

    def acked(self, seq: int) -> None:
        if self._due.pop(seq, None) is not None:
            self._waiting = deque(event for event in self._waiting if event[0] != seq)

    def frames(self, now: int) -> list[bytes]:
        """The frames due at sample ``now``."""
        out = []
        for seq, port, payload in self._waiting:
            if self._due[seq] <= now:
                self._due[seq] = now + RESEND
                out.append(frame(p.EVENT, port, seq, now - self._epoch, payload))
        return out
