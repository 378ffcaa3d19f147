"""FSK caller ID messages out of band-passed sound: one modem's reader.

It looks for start edges after a mark; a byte there that can begin a message begins a reading, which goes on byte by
byte as sound comes. Several readings run at once, since noise makes false starts. A reading ends when the message is
whole (told if checksum and form are right), when framing is lost or when the bytes cannot be a message any more.

If the checksum fails by a bit or two that were hardly to be heard, those bits are turned over and the message tried
again: it must then pass checksum and form like any other, and only bits far weaker than the rest are ever touched.

Life cycle: `reset(position)` at the start of a sound, then `feed`. Failure behaviour: bounded memory on any input.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

import numpy as np

from drivers.signals import fsk
from drivers.signals.callerid.messages import MESSAGE_TYPES, Message
from drivers.signals.callerid.reading import ntt_length, read, read_ntt

_KEPT: Final = 4 * fsk.RATE  # soft values kept, at least; twice as many before the older half is dropped
_MOST_READINGS: Final = 8
_LONGEST_GAP: Final = 22  # bits of mark between two bytes; GR-30 allows 10
_LEAST_MARKS: Final = 8  # bits of mark before the first byte
_CLEARER: Final = 1.07  # a byte after a gap must be so much clearer than one without: a 0 before a mark begins it, too
_EVEN_DLE: Final = 0x90
_AHEAD: Final = int(fsk.BYTE + 10)  # soft values a byte needs after its edge


@dataclass(frozen=True)
class Heard:
    """A message heard: `start` and `end` in samples, `clearness` to compare two modems' readings of one sound."""

    scheme: str
    message: Message
    start: int
    end: int
    clearness: float


@dataclass
class _Reading:
    """A message being read. Edges are indices into the soft values."""

    data: list[fsk.Byte]
    start: float  # edge of the first byte
    next_edge: float  # where the next start edge is due
    bad_frames: int = 0


class FskMessages:
    """Reads messages with one modem. `plain`: SDMF and MDMF wanted; `ntt`: NTT's form wanted."""

    def __init__(self, modem: fsk.Modem, plain: bool, ntt: bool) -> None:
        self._modem = modem
        self._plain = plain
        self._ntt = ntt
        self._demodulator = fsk.Demodulator(modem)
        self._buffer = np.zeros((2, 2 * _KEPT), np.float32)  # soft values; how well they fit
        self.reset(0)

    def reset(self, position: int) -> None:
        """Begin anew; the next soft value belongs to sample `position`."""
        self._demodulator.reset()
        self._soft: fsk.Floats = self._buffer[0, :0]  # the part of the buffer that is filled
        self._fit: fsk.Floats = self._buffer[1, :0]
        self._origin = position  # sample of soft value 0
        self._scan = 1  # soft value from which start edges are looked for
        self._readings: list[_Reading] = []

    def feed(self, filtered: fsk.Floats) -> list[Heard]:
        """Read on; the messages that became whole."""
        for start in range(0, filtered.size, _KEPT):
            self._append(self._demodulator.feed(filtered[start : start + _KEPT]), self._demodulator.fit)
        self._find_starts()
        heard: list[Heard] = []
        alive: list[_Reading] = []
        for reading in self._readings:
            whole = self._read_on(reading)
            if whole is None:
                alive.append(reading)
            elif isinstance(whole, Heard):
                heard.append(whole)
        self._readings = alive[-_MOST_READINGS:]
        return heard

    def _append(self, soft: fsk.Floats, fit: fsk.Floats) -> None:
        size = self._soft.size
        if size + soft.size > self._buffer.shape[1]:
            self._drop(size - _KEPT)
            size = _KEPT
        end = size + soft.size
        self._buffer[0, size:end] = soft
        self._buffer[1, size:end] = fit
        self._soft, self._fit = self._buffer[0, :end], self._buffer[1, :end]

    def _drop(self, surplus: int) -> None:
        """Forget the oldest values."""
        self._buffer[:, :_KEPT] = self._buffer[:, surplus : surplus + _KEPT].copy()
        self._origin += surplus
        self._scan = max(self._scan - surplus, 1)
        for reading in self._readings:
            reading.next_edge -= surplus
            reading.start -= surplus
        self._readings = [reading for reading in self._readings if reading.next_edge > fsk.BYTE]

    def _find_starts(self) -> None:
        """Begin a reading at each start edge with marks before it and the first byte of a message behind it."""
        end = self._soft.size - _AHEAD
        if end <= self._scan:
            return
        before = round(_LEAST_MARKS * fsk.BIT)
        origin = max(self._scan - 1 - before, 0)
        marks = self._soft[origin:end] > 0
        fresh = self._scan - origin  # index in `marks` of the first value that may be an edge
        edges = np.flatnonzero(marks[fresh - 1 : -1] & ~marks[fresh:]) + fresh
        edges = edges[edges + origin >= before + 3]
        counts = np.concatenate([[0], np.cumsum(marks)])
        after_marks = (counts[edges] - counts[edges - before]) / before >= 0.85
        for edge in edges[after_marks] + origin:
            first = fsk.read_byte(self._soft, self._crossing(int(edge)))
            starts = (self._plain and first.value in MESSAGE_TYPES) or (self._ntt and first.value == _EVEN_DLE)
            if first.framed and starts:
                self._readings.append(_Reading([first], first.edge, first.edge + fsk.BYTE))
        self._scan = end

    def _crossing(self, at: int) -> float:
        """The zero crossing between soft values `at - 1` and `at`."""
        before, after = float(self._soft[at - 1]), float(self._soft[at])
        return at - 1 + before / (before - after) if before > 0 > after else float(at)

    def _read_on(self, reading: _Reading) -> Heard | bool | None:
        """Read the bytes that are there. The message, False when there is none, None when more sound is needed."""
        while True:
            byte = self._next_byte(reading.next_edge)
            if byte is None:
                return None
            if byte is False:
                return False
            reading.bad_frames += not byte.framed
            reading.data.append(byte)
            reading.next_edge = byte.edge + fsk.BYTE
            length = self._length(reading)
            if length == 0 or reading.bad_frames > 1 + len(reading.data) // 16:
                return False
            if length is not None and len(reading.data) >= length:
                return self._whole(reading) or False

    def _next_byte(self, due: float) -> fsk.Byte | Literal[False] | None:
        """The byte that begins at `due` or later; None if more sound is needed, False if it does not come."""
        if due + _AHEAD + 2 * fsk.BIT > self._soft.size:
            return None
        byte = fsk.read_byte(self._soft, due, late=True)
        if byte.edge > due + 0.8 * fsk.BIT:  # later still, perhaps
            byte = fsk.read_byte(self._soft, byte.edge)
        if float(self._soft[int(due + fsk.BIT / 2) :][:2].sum()) < 0:
            return byte
        low = int(due + 0.45 * fsk.BIT)
        stop = int(due + _LONGEST_GAP * fsk.BIT)
        window = self._soft[low : min(stop, self._soft.size - _AHEAD)]
        for fall in np.flatnonzero((window[:-1] > 0) & (window[1:] <= 0)):
            at = low + int(fall) + 1
            if float(self._soft[at : at + int(fsk.BIT)].sum()) < 0:
                later = fsk.read_byte(self._soft, self._crossing(at))
                return later if later.clear > _CLEARER * byte.clear else byte
        if byte.framed:
            return byte
        return False if stop <= self._soft.size - _AHEAD else None

    def _length(self, reading: _Reading) -> int | None:
        """How many bytes the message will have; None while that is not known, 0 if it cannot be one."""
        if reading.data[0].value == _EVEN_DLE:
            return ntt_length(bytes(byte.value for byte in reading.data))
        return reading.data[1].value + 3 if reading.data[1].value else 0

    def _whole(self, reading: _Reading) -> Heard | None:
        data = bytes(byte.value for byte in reading.data)
        is_ntt = data[0] == _EVEN_DLE
        message = read_ntt(data) if is_ntt else self._mended(reading, data)
        if message is None:
            return None
        clearness = float(self._fit[max(int(reading.start), 0) : int(reading.next_edge)].mean())
        start = round(self._origin + reading.start)
        end = round(self._origin + reading.next_edge)
        return Heard("ntt" if is_ntt else self._modem.name, message, start, end, clearness)

    @staticmethod
    def _mended(reading: _Reading, data: bytes) -> Message | None:
        """The message, at worst with one or two hardly audible bits turned over."""
        message = read(data)
        if message is not None or not sum(data) & 0xFF:
            return message
        margins = np.array([byte.margins for byte in reading.data]).ravel()
        weak = np.argsort(margins)[:6]
        weak = weak[margins[weak] < 0.35 * np.median(margins)]
        for count in (1, 2):
            for turned in combinations(weak.tolist(), count):
                tried = bytearray(data)
                for bit in turned:
                    tried[bit // 8] ^= 1 << (bit % 8)
                message = read(bytes(tried), lenient=False)
                if message is not None:
                    return message
        return None
