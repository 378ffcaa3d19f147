"""Caller ID messages, read: the bytes or DTMF digits that a line sent, as a `Message`.

Reading checks form only - message type, lengths, checksum - never a numbering plan, and returns None for anything that
is not a whole message: a line can send whatever it likes. A message whose checksum is true is believed as far as it
goes; what of it is `odd` is said in words. What comes out is clean: numbers hold
digits and `+*#` alone, names hold printable characters without control codes. They are still a stranger's words:
whoever shows them escapes them. Stateless.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from drivers.signals.callerid import fields
from drivers.signals.callerid import messages as wire
from drivers.signals.callerid.messages import Message

_LETTER = 3  # names as short as that are names, not a word for why there is none
_SHOWN = 24  # bytes of an odd field that are told


def read(message: bytes, lenient: bool = True) -> Message | None:
    """Read a whole SDMF or MDMF message, checksum included; None if it is not one.

    With a true checksum the message is believed as far as it goes: what cannot be read of it is named in `odd` and
    costs nothing else. Not `lenient`: None where anything is odd.
    """
    if len(message) < 4 or message[0] not in wire.MESSAGE_TYPES or message[1] != len(message) - 3:
        return None
    if sum(message) & 0xFF:
        return None
    body = message[2:-1]
    if message[0] == wire.SDMF_CALL:
        read_so_far = _read_sdmf(body)
    elif message[0] == wire.SDMF_WAITING:
        return Message("sdmf", waiting=body == wire.SDMF_ON) if body in (wire.SDMF_ON, wire.SDMF_OFF) else None
    else:
        read_so_far = Message("mdmf")
        for kind, value in _parameters(body):
            read_so_far = _with_parameter(read_so_far, kind, value)
    return _told(read_so_far) if lenient or not read_so_far.odd else None


def _told(message: Message) -> Message | None:
    """What a message that was read through says; with a date, one that says nobody it can tell is somebody unknown."""
    if message.says_something():
        return message
    return replace(message, reason="unavailable") if message.odd and message.date else None


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
    read_so_far = Message("ntt")
    for kind, value in _parameters(content[2:]):
        if kind in (wire.DATE, wire.NUMBER, wire.NO_NUMBER, wire.NAME, wire.NO_NAME):
            read_so_far = _with_parameter(read_so_far, kind, value)
        elif kind == wire.NTT_DIALLED:
            read_so_far = _with_parameter(read_so_far, wire.DIALLED, value)
    return _told(read_so_far)


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
            message = replace(message, reason=fields.reason("B" + parts.get("B", "")) or "unavailable")
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
    if short_is_reason and (why := fields.reason("D" + digits)) is not None:
        return Message("dtmf", reason=why)
    if set(digits) == {"0"} and len(digits) > 1:  # sent by some exchanges for "not available"
        return Message("dtmf", reason="unavailable")
    return Message("dtmf", number=digits)


def _read_sdmf(body: bytes) -> Message:
    message = _with_parameter(Message("sdmf"), wire.DATE, body[:8])
    rest = body[8:]
    return _with_parameter(message, wire.NUMBER, rest) if rest else message


def _parameters(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The parameters of a multiple data message; one that runs past the end is what there is of it."""
    at = 0
    while at + 1 < len(body):
        end = at + 2 + body[at + 1]
        yield body[at], body[at + 2 : end]
        at = end


def _with_parameter(message: Message, kind: int, value: bytes) -> Message:
    """The message with one parameter read into it, or with a word of what was odd. Unknown kinds are skipped."""
    words = fields.text(value).strip("\0 ")
    if kind == wire.DATE:
        date = fields.date(words)
        return replace(message, date=date) if date or words == wire.NO_CLOCK else _odd(message, "date", value)
    if kind == wire.NUMBER:
        number = fields.number(words)
        if number is not None:
            return replace(message, number=number, reason=None)
        why = fields.reason(words)
        return _odd(message, "number", value) if why is None else replace(message, reason=message.reason or why)
    if kind in (wire.DIALLED, wire.REDIRECTING):
        number = fields.number(words)
        if number is None:
            return _odd(message, "number dialled" if kind == wire.DIALLED else "redirecting number", value)
        return replace(message, dialled=number) if kind == wire.DIALLED else replace(message, redirecting=number)
    if kind in (wire.NO_NUMBER, wire.NO_NAME):
        why = fields.reason(words)
        if why is None:
            return _odd(message, "reason", value)
        return replace(message, reason=why) if kind == wire.NO_NUMBER else replace(message, name_reason=why)
    if kind == wire.NAME:
        return _with_name(message, value)
    if kind == wire.CALL_TYPE:
        known = wire.CALL_TYPES.get(value[0]) if len(value) == 1 else None
        return replace(message, call_type=known) if known else _odd(message, "call type", value)
    if kind in (wire.WAITING, wire.WAITING_COUNT):
        if len(value) != 1:
            return _odd(message, "message waiting", value)
        return (
            replace(message, waiting=value != b"\0")
            if kind == wire.WAITING
            else replace(message, waiting_count=value[0])
        )
    return message


def _with_name(message: Message, value: bytes) -> Message:
    name = fields.name(value)
    if name is None:
        return _odd(message, "name", value)
    if len(name) > _LETTER and (why := fields.reason(name)) is not None:
        return replace(message, name_reason=why)
    return replace(message, name=name)


def _odd(message: Message, what: str, value: bytes) -> Message:
    """The message, with one more word of what could not be read of it."""
    shown = wire.plain(value[:_SHOWN].decode("latin-1"))
    return replace(message, odd=(*message.odd, f'{what} "{shown}"' if shown else f"{what} empty"))
