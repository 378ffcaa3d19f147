"""Shielding of voice data: a byte 0x10 (DLE) in the stream begins an event or, doubled, stands for itself.

ITU-T V.253, section 6.1. ``shield`` prepares what is sent; ``Unshielder`` takes what comes apart, across any split of
the stream. Unknown events are passed on as they are; the reader decides.
"""

from __future__ import annotations

DLE = 0x10
ETX = 0x03  # end of the voice data, both ways
CANCEL = 0x18  # to the modem: drop what has not been played yet
ABORT = 0x21  # to the modem: "!", end the recording
SUB = 0x1A  # from the modem: two DLE in a row

END_PLAY = bytes([DLE, ETX])
CANCEL_PLAY = bytes([DLE, CANCEL, DLE, ETX])
END_RECORD = bytes([DLE, ABORT])


def shield(data: bytes) -> bytes:
    """Voice data with every DLE doubled."""
    return data.replace(b"\x10", b"\x10\x10")


class Unshielder:
    """Takes a stream apart: pieces of data (bytes, never empty) and events (int, the byte after the DLE)."""

    def __init__(self) -> None:
        self._after_dle = False

    def feed(self, data: bytes) -> list[bytes | int]:
        """The pieces of a stretch of the stream, in order."""
        pieces: list[bytes | int] = []
        while data:
            found, data = self.feed_to_end(data)
            pieces += found
        return pieces

    def feed_to_end(self, data: bytes) -> tuple[list[bytes | int], bytes]:
        """The pieces up to and with the event ETX, and what follows it."""
        pieces: list[bytes | int] = []
        piece = bytearray()
        for position, byte in enumerate(data):
            if not self._after_dle:
                self._after_dle = byte == DLE
                if byte != DLE:
                    piece.append(byte)
                continue
            self._after_dle = False
            if byte in (DLE, SUB):
                piece += b"\x10" if byte == DLE else b"\x10\x10"
                continue
            if piece:
                pieces.append(bytes(piece))
                piece.clear()
            pieces.append(byte)
            if byte == ETX:
                return pieces, data[position + 1 :]
        if piece:
            pieces.append(bytes(piece))
        return pieces, b""
