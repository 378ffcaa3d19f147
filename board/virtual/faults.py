"""Faults of the serial line: flipped bits, lost and doubled bytes, strangers before a frame. Seeded."""

from __future__ import annotations

import random

KINDS = ("flip", "lose", "double", "insert")
FEWEST_STRANGERS = 50
MAX_STRANGERS = 127  # the Pi's UART has been seen to put up to 127 bytes before a frame (reference/hardware.md 8)


class LinkNoise:
    """Errors at ``rate`` a byte, of the ``kinds`` chosen, one way. Rate 0: a clean line, and no cost.

    ``strike`` makes a single one, to look at what it alone costs.
    """

    def __init__(self, seed: int) -> None:
        self.rate = 0.0
        self.kinds: tuple[str, ...] = KINDS
        self.hits = 0
        self._random = random.Random(f"link noise {seed}")
        self._until = 0  # bytes until the next error
        self._strike = ""

    def set(self, rate: float, kinds: tuple[str, ...] = KINDS) -> None:
        """Raises ValueError on a rate outside 0..0.1 or an unknown kind."""
        if not 0.0 <= rate <= 0.1:
            raise ValueError(f"link noise {rate}: expected 0 to 0.1 errors a byte")
        if not kinds or any(kind not in KINDS for kind in kinds):
            raise ValueError(f"link noise {kinds}: expected some of {', '.join(KINDS)}")
        self.rate = rate
        self.kinds = kinds
        if rate:
            self._draw()

    def strike(self, kind: str) -> None:
        """One error in the next bytes that come: at one of them by chance, strangers (50-127) before the first frame.

        Raises ValueError on an unknown kind.
        """
        if kind not in KINDS:
            raise ValueError(f"link noise {kind!r}: expected one of {', '.join(KINDS)}")
        self._strike = kind

    @property
    def busy(self) -> bool:
        """Whether the line is anything but clean just now."""
        return self.rate > 0.0 or self._strike != ""

    def spoil(self, data: bytes) -> bytes:
        """The bytes after their trip; at least one."""
        if self._strike:
            kind, self._strike = self._strike, ""
            at = 0 if kind == "insert" else self._random.randrange(len(data))
            return data[:at] + self._hit(data[at], kind, FEWEST_STRANGERS) + data[at + 1 :]
        if self._until >= len(data):
            self._until -= len(data)
            return data
        out = bytearray()
        done = 0
        while done + self._until < len(data):
            at = done + self._until
            out += data[done:at]
            out += self._hit(data[at], self._random.choice(self.kinds), 1)
            done = at + 1
            self._draw()
        out += data[done:]
        self._until -= len(data) - done
        return bytes(out)

    def _draw(self) -> None:
        self._until = int(self._random.expovariate(self.rate))

    def _hit(self, byte: int, kind: str, strangers: int) -> bytes:
        self.hits += 1
        if kind == "flip":
            return bytes((byte ^ 1 << self._random.randrange(8),))
        if kind == "lose":
            return b""
        if kind == "double":
            return bytes((byte, byte))
        return self._random.randbytes(self._random.randint(strangers, MAX_STRANGERS)) + bytes((byte,))
