"""Frames of the link: COBS byte stuffing round a CRC-16, delimited by zero bytes.

COBS (Cheshire and Baker, 1999) leaves 0x00 as the only delimiter, so that a receiver is in step again after one lost
frame. CRC-16/CCITT-FALSE: polynomial 0x1021, initial 0xffff, check value 0x29b1 for "123456789".
"""

import struct
from binascii import crc_hqx

from .protocol import HEADER, HEADER_SIZE, MAX_PAYLOAD

MAX_FRAME = HEADER_SIZE + MAX_PAYLOAD + 2  # decoded bytes, CRC included


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
            if not run:
                break
        else:
            out.append(len(run) + 1)
            out += run
            continue
        # a run of exactly 254 bytes needs no zero of its own, but the zero (or end) that follows needs a group
        out.append(1)
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


def frame(kind, port, seq, ts, payload=b""):
    """A whole frame as it goes on the wire, delimiters included."""
    body = struct.pack(HEADER, kind, port, seq, ts & 0xFFFFFFFF) + payload
    crc = crc_hqx(body, 0xFFFF)
    return b"\0" + encode(body + bytes((crc >> 8, crc & 0xFF))) + b"\0"


def parse(data):
    """The (type, port, seq, ts, payload) of the bytes between two delimiters. Raises FrameError."""
    body = decode(data)
    if len(body) < HEADER_SIZE + 2 or len(body) > MAX_FRAME:
        raise FrameError("%d bytes" % len(body))
    if crc_hqx(body, 0xFFFF) != 0:
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
