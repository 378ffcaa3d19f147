"""The byte loops of the link and of the audio path for CPython; ``stuffing_viper`` holds them for MicroPython.

Frame on the wire: ``00 | COBS(head, body, CRC-16 BE) | 00``. CRC-16/CCITT-FALSE over head and body, inverted, so that
the CRC over everything decoded is CRC_GOOD. See ``stuffing_viper`` for the decoder's state; here the frame's raw bytes
are kept in ``frame`` until the delimiter comes and are decoded at once, which is how CPython does it fast.
"""

from binascii import crc_hqx

STATE = 5
CRC_GOOD = 0x1D0F
CRC_TABLE = None  # the C function of CPython has its own


def crc16(table, data, n, crc):
    """CRC of the first ``n`` bytes, going on from ``crc`` (0xffff to begin)."""
    return crc_hqx(data[:n], crc)


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


def stuff(table, head, nhead, body, nbody, out):
    """Writes the whole frame, delimiters included, into ``out``; returns its length."""
    data = bytes(head[:nhead]) + bytes(body[:nbody])
    crc = crc_hqx(data, 0xFFFF) ^ 0xFFFF
    coded = encode(data + bytes((crc >> 8, crc & 0xFF)))
    n = len(coded) + 2
    out[:n] = b"\0" + coded + b"\0"
    return n


def _decode(raw, limit):
    """The bytes of a frame, or None when the stuffing is wrong or it is longer than ``limit``."""
    out = bytearray()
    i = 0
    n = len(raw)
    while i < n:
        end = i + raw[i]
        if end > n:
            return None
        out += raw[i + 1 : end]
        if raw[i] < 255 and end < n:
            out.append(0)
        i = end
    return out if len(out) <= limit else None


def unstuff(table, state, data, start, n, frame, limit):
    """Decodes ``data[start:n]`` into ``frame`` up to the end of a frame.

    Returns ``length << 16 | next`` for a good frame, ``-next`` for a bad one, ``n`` when the data ended first;
    ``next`` is where to go on.
    """
    while start < n:
        end = data.find(b"\0", start, n)
        piece = data[start : n if end < 0 else end]
        held = state[0]
        room = len(frame) - held
        if len(piece) > room:
            state[4] = 1
            piece = piece[:room]
        frame[held : held + len(piece)] = piece
        state[0] = held + len(piece)
        if end < 0:
            return n
        start = end + 1
        size, bad = state[0], state[4]
        state[0] = state[4] = 0
        if size == 0 and not bad:
            continue
        body = None if bad else _decode(frame[:size], limit)
        if body is None or crc_hqx(body, 0xFFFF) != CRC_GOOD:
            return -start
        frame[: len(body)] = body
        return (len(body) << 16) | start
    return n


def fill(data, n, value):
    """Sets the first ``n`` bytes."""
    data[:n] = bytes((value,)) * n


def copy(source, n, out):
    """Copies the first ``n`` bytes."""
    out[:n] = source[:n]


def gather(source, frames, mask, out):
    """Packs the slots of ``mask`` out of four-slot frames; returns the number of bytes written."""
    slots = [slot for slot in range(4) if mask >> slot & 1]
    n = frames * len(slots)
    for i, slot in enumerate(slots):
        out[i : n : len(slots)] = source[slot : frames * 4 : 4]
    return n


def scatter(source, start, frames, mask, silent, silence, out):
    """Unpacks samples of the slots in ``mask`` into four-slot frames; other slots, and those in ``silent``, get
    ``silence``.

    Returns where the samples ended in ``source``.
    """
    slots = [slot for slot in range(4) if mask >> slot & 1]
    end = start + frames * len(slots)
    quiet = bytes((silence,)) * frames
    for slot in range(4):
        if slot in slots and not silent >> slot & 1:
            out[slot : frames * 4 : 4] = source[start + slots.index(slot) : end : len(slots)]
        else:
            out[slot : frames * 4 : 4] = quiet
    return end


def put_ts(out, at, block, offset):
    """Writes the time stamp of ``offset`` samples into ``block``, little-endian, modulo 2**32."""
    out[at : at + 4] = ((block * 160 + offset) & 0xFFFFFFFF).to_bytes(4, "little")


def age(data, at, block):
    """How many samples the time stamp at ``data[at:]`` lies before the start of ``block`` (negative: after)."""
    diff = (block * 160 - int.from_bytes(data[at : at + 4], "little")) & 0xFFFFFFFF
    return diff - 0x100000000 if diff & 0x80000000 else diff
