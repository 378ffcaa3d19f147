"""Frames of the link: COBS byte stuffing round a CRC-16, delimited by zero bytes.

COBS (Cheshire and Baker, 1999) leaves 0x00 as the only delimiter, so that a receiver is in step again after one lost
frame. CRC-16/CCITT-FALSE: polynomial 0x1021, initial 0xffff, check value 0x29b1 for "123456789". It goes onto the wire
inverted (as CRC-16/GENIBUS): over a frame with its CRC the sum is then CRC_GOOD, not zero, and a zero byte more at the
end, which is what a doubled 0x01 at the end of the wire makes, is noticed.

Two faces on the same byte loops (``stuffing_viper`` on MicroPython, ``stuffing_plain`` elsewhere): functions that
return new bytes, for the Pi and for what is rare; ``Receiver`` and ``stuff`` that work in buffers of their own and
never allocate, for the HAT's audio path.
"""

import struct
from array import array

from .protocol import HEADER, HEADER_SIZE, MAX_PAYLOAD

try:
    from . import stuffing_viper as stuffing
except ImportError:  # CPython has no module micropython
    from . import stuffing_plain as stuffing

MAX_FRAME = HEADER_SIZE + MAX_PAYLOAD + 2  # decoded bytes, CRC included
MAX_WIRE = MAX_FRAME + MAX_FRAME // 254 + 1 + 2  # bytes on the wire, delimiters included

CRC_TABLE = stuffing.CRC_TABLE
stuff = stuffing.stuff
unstuff = stuffing.unstuff
crc16 = stuffing.crc16
CRC_GOOD = stuffing.CRC_GOOD


class FrameError(Exception):
    """Raised when bytes between two delimiters are no frame: bad stuffing, bad CRC, too short or too long."""


def encode(data):
    """COBS-encodes bytes; the result holds no zero byte."""
    out = bytearray()
    for run in bytes(data).split(b"\0"):
        while len(run) >= 254:
            out.append(255)
            out += run[:254]
            run = run[254:]
        out.append(len(run) + 1)
        out += run
    return bytes(out)


def decode(data):
    """Undoes ``encode``. Raises FrameError on malformed input."""
    out = bytearray()
    i = 0
    n = len(data)
    while i < n:
        code = data[i]
        if code == 0:
            raise FrameError("zero byte inside a frame")
        end = i + code
        if end > n:
            raise FrameError("frame cut short")
        out += data[i + 1 : end]
        i = end
        if code < 255 and i < n:
            out.append(0)
    return bytes(out)


def crc(data):
    """CRC-16 of some bytes."""
    return crc16(CRC_TABLE, data, len(data), 0xFFFF)


def frame(kind, port, seq, ts, payload=b""):
    """A whole frame as it goes on the wire, delimiters included."""
    body = struct.pack(HEADER, kind, port, seq, ts & 0xFFFFFFFF) + payload
    check = crc(body) ^ 0xFFFF
    return b"\0" + encode(body + bytes((check >> 8, check & 0xFF))) + b"\0"


def parse(data):
    """The (type, port, seq, ts, payload) of the bytes between two delimiters. Raises FrameError."""
    body = decode(data)
    if len(body) < HEADER_SIZE + 2 or len(body) > MAX_FRAME:
        raise FrameError("%d bytes" % len(body))
    if crc(body) != CRC_GOOD:
        raise FrameError("checksum")
    kind, port, seq, ts = struct.unpack(HEADER, body[:HEADER_SIZE])
    return kind, port, seq, ts, body[HEADER_SIZE:-2]


class Splitter:
    """Cuts a byte stream at its zero bytes; keeps an unfinished piece of at most one frame."""

    def __init__(self):
        self._held = bytearray()
        self.dropped = 0  # bytes thrown away because no delimiter came within a frame's length

    def feed(self, data):
        """The non-empty pieces that ``data`` completes."""
        self._held += data
        pieces = bytes(self._held).split(b"\0")
        rest = pieces.pop()
        if len(rest) > MAX_FRAME + 16:
            self.dropped += len(rest)
            rest = b""
        self._held = bytearray(rest)
        return [piece for piece in pieces if piece]


class Receiver:
    """Decodes a byte stream into one frame buffer, a frame at a time, without allocating.

    Call ``feed`` with a chunk; as long as it returns True, ``frame[:length]`` is a good frame (CRC still at its end)
    and ``more`` is to be called with the same chunk for the next one.
    """

    def __init__(self):
        self.frame = bytearray(MAX_WIRE)
        self.length = 0
        self.bad = 0  # frames thrown away: stuffing, checksum or length
        self._state = array("i", [0] * stuffing.STATE)
        self._state[3] = 0xFFFF
        self._chunk = None
        self._at = 0
        self._n = 0

    def feed(self, chunk, n):
        """Begins with the first ``n`` bytes of ``chunk``, a bytearray; True when they complete a frame."""
        self._chunk = chunk
        self._at = 0
        self._n = n
        return self.more()

    def more(self):
        """Goes on in the chunk; False when it is used up."""
        while self._at < self._n:
            got = unstuff(CRC_TABLE, self._state, self._chunk, self._at, self._n, self.frame, MAX_FRAME)
            if got < 0:
                self._at = -got
                self.bad += 1
            elif got >> 16:
                self._at = got & 0xFFFF
                self.length = got >> 16
                if self.length >= HEADER_SIZE + 2:
                    return True
                self.bad += 1
            else:
                self._at = self._n
        return False
