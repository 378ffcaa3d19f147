"""Caller ID messages, read: the bytes or DTMF digits that a line sent, as a `Message`.

Reading checks form only - message type, lengths, characters, checksum - never a numbering plan, and returns None for
anything that is not a well-formed message: a line can send whatever it likes. What comes out is clean: numbers hold
digits and `+*#` alone, names hold printable characters without control codes. They are still a stranger's words:
whoever shows them escapes them. Stateless.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from drivers.signals.callerid import messages as wire
from drivers.signals.callerid.messages import Message


def read(message: bytes) -> Message | None:
    """Read a whole SDMF or MDMF message, checksum included; None if it is not one."""
    if len(message) < 4 or message[0] not in wire.MESSAGE_TYPES or message[1] != len(message) - 3:
        return None
    if sum(message) & 0xFF:
        return None
    body = message[2:-1]
    if message[0] == wire.SDMF_CALL:
        return _read_sdmf(body)
    if message[0] == wire.SDMF_WAITING:
        return Message("sdmf", waiting=body == wire.SDMF_ON) if body in (wire.SDMF_ON, wire.SDMF_OFF) else None
    read_so_far: Message | None = Message("mdmf")
    for parameter in _parameters(body):
        if parameter is None or read_so_far is None:
            return None
        read_so_far = _with_parameter(read_so_far, *parameter)
    return read_so_far if read_so_far is not None and read_so_far.says_something() else None


def read_ntt(message: bytes) -> Message | None:
    """Read a whole NTT message, from the first DLE to the CRC; None if it is not one."""
    if len(message) < 12 or message[:2] != bytes([wire.even(wire.DLE), wire.even(wire.SOH)]):
        return None
    if wire.crc16(message[2:-2]) != int.from_bytes(message[-2:], "little"):
        return None
    if any(byte != wire.even(byte) for byte in message[2:-2]):
        return None
    plain = bytes(byte & 0x7F for byte in message[2:-2])
    if plain[1:3] != bytes([wire.DLE, wire.STX]) or plain[-2:] != bytes([wire.DLE, wire.ETX]):
        return None
    content = plain[3:-2].replace(b"\x10\x10", b"\x10")
    if len(content) < 2 or content[0] != wire.NTT_CALL or content[1] != len(content) - 2:
        return None
    read_so_far: Message | None = Message("ntt")
    for parameter in _parameters(content[2:]):
        if parameter is None or read_so_far is None:
            return None
        kind, value = parameter
        if kind in (wire.DATE, wire.NUMBER, wire.NO_NUMBER, wire.NAME, wire.NO_NAME):
            read_so_far = _with_parameter(read_so_far, kind, value)
        elif kind == wire.NTT_DIALLED:
            read_so_far = _with_parameter(read_so_far, wire.DIALLED, value)
    return read_so_far if read_so_far is not None and read_so_far.says_something() else None


def ntt_length(start: bytes) -> int | None:
    """How long the NTT message that starts so will be in all, None while that cannot be told, 0 if it is none."""
    expected = bytes([wire.even(wire.DLE), wire.even(wire.SOH)])
    if start[:2] != expected[: len(start)] or len(start) > 200:
        return 0
    at = 2
    while at + 1 < len(start):
        if start[at] & 0x7F == wire.DLE:
            if start[at + 1] & 0x7F == wire.ETX and at > 4:
                return at + 4
            at += 1
        at += 1
    return None


def read_dtmf(digits: str) -> Message | None:
    """Read DTMF digits as caller ID: `A..C` with D and B parts, `D..C`, `D..#`, `A..#`, `..#` and bare digits."""
    if not 2 <= len(digits) <= 2 * wire.LONGEST_NUMBER + 8:
        return None
    end = digits[-1]
    body = digits[:-1] if end in "C#" else digits
    if end in "C#" and body[:1] in ("A", "B", "D"):
        parts = dict(_dtmf_parts(body))
        if any(not part.isdigit() for part in parts.values()) or len(parts) != sum(body.count(c) for c in "ABD"):
            return None
        if "A" not in parts and set(parts) == {"D"}:
            return _dtmf_number(parts["D"], short_is_reason=True)
        message = _dtmf_number(parts["A"], short_is_reason=False) if "A" in parts else Message("dtmf")
        if message is None:
            return None
        if "D" in parts:
            message = replace(message, redirecting=parts["D"])
        if "A" not in parts:
            message = replace(message, reason={"10": "private"}.get(parts.get("B", ""), "unavailable"))
        return message
    return _dtmf_number(body, short_is_reason=False) if end != "C" and len(body) >= 3 else None


def _dtmf_parts(body: str) -> Iterator[tuple[str, str]]:
    start = 0
    for at in range(1, len(body) + 1):
        if at == len(body) or body[at] in "ABD":
            yield body[start], body[start + 1 : at]
            start = at


def _dtmf_number(digits: str, short_is_reason: bool) -> Message | None:
    if not digits.isdigit() or len(digits) > wire.LONGEST_NUMBER:
        return None
    if short_is_reason and digits in ("1", "2", "3"):  # D1 private, D2 overseas, D3 not available
        return Message("dtmf", reason="private" if digits == "1" else "unavailable")
    if set(digits) == {"0"} and len(digits) > 1:  # sent by some exchanges for "not available"
        return Message("dtmf", reason="unavailable")
    return Message("dtmf", number=digits)


def _read_sdmf(body: bytes) -> Message | None:
    date = _date(body[:8])
    rest = body[8:]
    if date is None or not rest:
        return None
    if rest in (b"O", b"P"):
        return Message("sdmf", date=date or None, reason=wire.REASONS[rest.decode()])
    number = _number(rest)
    return None if number is None else Message("sdmf", date=date or None, number=number)


def _parameters(body: bytes) -> Iterator[tuple[int, bytes] | None]:
    """The parameters of a multiple data message; None in the place of one that runs past the end."""
    at = 0
    while at < len(body):
        end = at + 2 + body[at + 1] if at + 1 < len(body) else len(body) + 1
        if end > len(body):
            yield None
            return
        yield body[at], body[at + 2 : end]
        at = end


def _with_parameter(message: Message, kind: int, value: bytes) -> Message | None:
    """The message with one parameter read into it; None if the parameter breaks the form. Unknown kinds are skipped."""
    if kind == wire.DATE:
        date = _date(value)
        return None if date is None else replace(message, date=date or None)
    if kind in (wire.NUMBER, wire.DIALLED, wire.REDIRECTING):
        number = _number(value)
        if number is None:
            return None
        if kind == wire.NUMBER:
            return replace(message, number=number)
        return replace(message, dialled=number) if kind == wire.DIALLED else replace(message, redirecting=number)
    if kind in (wire.NO_NUMBER, wire.NO_NAME):
        reason = wire.REASONS.get(value.decode("latin-1"))
        if reason is None:
            return None
        return replace(message, reason=reason) if kind == wire.NO_NUMBER else replace(message, name_reason=reason)
    if kind == wire.NAME:
        if not 1 <= len(value) <= wire.LONGEST_NAME:
            return None
        return replace(message, name=wire.plain(value.decode("latin-1")))
    if kind == wire.CALL_TYPE:
        return replace(message, call_type=wire.CALL_TYPES.get(value[0])) if len(value) == 1 else None
    if kind == wire.WAITING:
        return replace(message, waiting=value != b"\x00") if len(value) == 1 else None
    if kind == wire.WAITING_COUNT:
        return replace(message, waiting_count=value[0]) if len(value) == 1 else None
    return message


def _date(value: bytes) -> str | None:
    """ "MMDDhhmm" as "MM-DD hh:mm"; "" for all zeros (an exchange without a clock); None if it is no date."""
    if len(value) != 8 or not all(0x30 <= byte <= 0x39 for byte in value):
        return None
    text = value.decode()
    if text == "00000000":
        return ""
    month, day, hour, minute = (int(text[at : at + 2]) for at in (0, 2, 4, 6))
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour <= 23 and minute <= 59):
        return None
    return f"{text[:2]}-{text[2:4]} {text[4:6]}:{text[6:]}"


def _number(value: bytes) -> str | None:
    digits = bytes(byte for byte in value if byte not in wire.SEPARATORS)
    if not 1 <= len(digits) <= wire.LONGEST_NUMBER or len(value) > 2 * wire.LONGEST_NUMBER:
        return None
    return digits.decode() if wire.NUMBER_CHARACTERS.issuperset(digits) else None
