"""The byte loops of the link and of the audio path as machine code: ``@micropython.viper``, MicroPython only.

``stuffing_plain`` holds the same functions for CPython, with the same meaning of every argument; ``cobs`` chooses.
None of them allocates. Words are 32 bits on the RP2040 and 64 on a PC, so everything that may wrap is masked.

Decoder state, one ``array('i')`` of STATE words: 0 bytes of the frame so far, 1 bytes left in the group, 2 whether a
zero follows the group (0, 1), 3 the running CRC, 4 whether the frame is already known to be bad.
"""

from array import array

import micropython

STATE = 5
CRC_GOOD = 0x1D0F  # the CRC over a frame and its inverted CRC


def _table():
    rows = array("H", bytes(512))
    for i in range(256):
        crc = i << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
            crc &= 0xFFFF
        rows[i] = crc
    return rows


CRC_TABLE = _table()


@micropython.viper
def crc16(table: ptr16, data: ptr8, n: int, crc: int) -> int:  # noqa: F821
    i = 0
    while i < n:
        crc = (crc << 8) ^ table[((crc >> 8) ^ data[i]) & 0xFF]
        i += 1
    return crc & 0xFFFF


@micropython.viper
def stuff(table: ptr16, head: ptr8, nhead: int, body: ptr8, nbody: int, out: ptr8) -> int:  # noqa: F821
    crc = 0xFFFF
    out[0] = 0
    mark = 1  # where the present group's code goes
    pos = 2
    code = 1
    source = head
    n = nhead
    part = 0
    while part < 3:
        i = 0
        while i < n:
            byte = source[i]
            i += 1
            crc = (crc << 8) ^ table[((crc >> 8) ^ byte) & 0xFF]
            if byte:
                out[pos] = byte
                pos += 1
                code += 1
                if code < 255:
                    continue
            out[mark] = code
            mark = pos
            pos += 1
            code = 1
        part += 1
        if part == 1:
            source = body
            n = nbody
        else:  # the checksum is read from beyond what it will be written to
            source = ptr8(int(out) + pos + 4)  # noqa: F821
            source[0] = (crc >> 8) ^ 0xFF
            source[1] = crc ^ 0xFF
            n = 2
    out[mark] = code
    out[pos] = 0
    return pos + 1


@micropython.viper
def unstuff(table: ptr16, state: ptr32, data: ptr8, start: int, n: int, frame: ptr8, limit: int) -> int:  # noqa: F821
    pos = state[0]
    left = state[1]
    zero = state[2]
    crc = state[3]
    bad = state[4]
    i = start
    while i < n:
        byte = data[i]
        i += 1
        if byte == 0:
            good = left == 0 and crc & 0xFFFF == 0x1D0F and bad == 0
            nothing = pos == 0 and left == 0 and zero == 0 and bad == 0
            ended = pos
            pos = 0
            left = 0
            zero = 0
            crc = 0xFFFF
            bad = 0
            if nothing:  # between two delimiters
                continue
            state[0] = 0
            state[1] = 0
            state[2] = 0
            state[3] = 0xFFFF
            state[4] = 0
            if good:
                return (ended << 16) | i
            return 0 - i
        if left == 0:
            if zero:
                if pos < limit:
                    frame[pos] = 0
                    crc = (crc << 8) ^ table[(crc >> 8) & 0xFF]
                    pos += 1
                else:
                    bad = 1
            left = byte - 1
            zero = 1 if byte < 255 else 0
        else:
            if pos < limit:
                frame[pos] = byte
                crc = (crc << 8) ^ table[((crc >> 8) ^ byte) & 0xFF]
                pos += 1
            else:
                bad = 1
            left -= 1
    state[0] = pos
    state[1] = left
    state[2] = zero
    state[3] = crc & 0xFFFF
    state[4] = bad
    return n


@micropython.viper
def fill(data: ptr8, n: int, value: int):  # noqa: F821
    i = 0
    while i < n:
        data[i] = value
        i += 1


@micropython.viper
def copy(source: ptr8, n: int, out: ptr8):  # noqa: F821
    i = 0
    while i < n:
        out[i] = source[i]
        i += 1


@micropython.viper
def gather(source: ptr8, frames: int, mask: int, out: ptr8) -> int:  # noqa: F821
    n = 0
    i = 0
    end = frames << 2
    while i < end:
        if mask & (1 << (i & 3)):
            out[n] = source[i]
            n += 1
        i += 1
    return n


@micropython.viper
def scatter(source: ptr8, start: int, frames: int, mask: int, silent: int, silence: int, out: ptr8) -> int:  # noqa: F821
    n = start
    i = 0
    end = frames << 2
    while i < end:
        bit = 1 << (i & 3)
        if mask & bit:
            out[i] = silence if silent & bit else source[n]
            n += 1
        else:
            out[i] = silence
        i += 1
    return n


@micropython.viper
def put_ts(out: ptr8, at: int, block: int, offset: int):  # noqa: F821
    ts = block * 160 + offset
    out[at] = ts & 0xFF
    out[at + 1] = (ts >> 8) & 0xFF
    out[at + 2] = (ts >> 16) & 0xFF
    out[at + 3] = (ts >> 24) & 0xFF


@micropython.viper
def age(data: ptr8, at: int, block: int) -> int:  # noqa: F821
    ts = data[at] | (data[at + 1] << 8) | (data[at + 2] << 16) | (data[at + 3] << 24)
    diff = block * 160 - ts
    high = (diff >> 16) & 0xFFFF
    if high & 0x8000:  # signed 32 bits, whatever the word
        high -= 0x10000
    return (high << 16) | (diff & 0xFFFF)
