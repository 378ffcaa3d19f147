"""Caller ID messages: the bytes (or DTMF digits) that say who calls, built and read.

Reading checks form only - message type, lengths, characters, checksum - never a numbering plan, and returns None for
anything that is not a well-formed message: a line can send whatever it likes. What comes out is clean: numbers hold
digits and `+*#` alone, names hold printable characters without control codes. They are still a stranger's words:
whoever shows them escapes them. Building refuses what could not be read again, with ValueError.

Stateless. Sources: Telcordia GR-30-CORE and GR-31-CORE (SDMF, MDMF); ETSI EN 300 659-3 (parameters beyond 0x08 and the
DTMF forms); NTT's number display as laid out in libspandsp's `adsi.h` and Dialogic's parameter tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

SDMF_CALL: Final = 0x04
SDMF_WAITING: Final = 0x06
MDMF_CALL: Final = 0x80
MDMF_TEST: Final = 0x81
MDMF_WAITING: Final = 0x82
NTT_CALL: Final = 0x40

MESSAGE_TYPES: Final = frozenset({SDMF_CALL, SDMF_WAITING, MDMF_CALL, MDMF_TEST, MDMF_WAITING})
"""First bytes a message of the SDMF and MDMF forms can have."""

LONGEST_NUMBER: Final = 24  # EN 300 659-3 allows 20; some exchanges add a prefix
LONGEST_NAME: Final = 50
NUMBER_CHARACTERS: Final = frozenset(b"0123456789*#+")
SEPARATORS: Final = frozenset(b" -()./")  # some exchanges format the number; they are left out

REASONS: Final = {"O": "unavailable", "P": "private", "C": "payphone", "S": "service conflict"}
"""Why a number or name is missing, by its letter on the wire."""
_LETTERS: Final = {reason: letter for letter, reason in REASONS.items()}

CALL_TYPES: Final = {
    0x01: "voice",
    0x02: "ringback when free",
    0x03: "calling name delivery",
    0x04: "call return",
    0x05: "alarm",
    0x06: "download",
    0x07: "reverse charge",
    0x10: "external",
    0x11: "internal",
    0x50: "monitoring",
    0x81: "message waiting",
}
"""Parameter 0x11 of EN 300 659-3."""

_DATE, _NUMBER, _DIALLED, _NO_NUMBER = 0x01, 0x02, 0x03, 0x04
_NAME, _NO_NAME, _WAITING, _CALL_TYPE = 0x07, 0x08, 0x0B, 0x11
_WAITING_COUNT, _REDIRECTING = 0x13, 0x1A
_NTT_DIALLED = 0x09
_SOH, _STX, _ETX, _DLE = 0x01, 0x02, 0x03, 0x10
_SDMF_ON, _SDMF_OFF = b"BBB", b"ooo"


@dataclass(frozen=True)
class Message:
    """What one message says. None is "not said"; `date` is "MM-DD hh:mm" (the line sends no year).

    `reason` and `name_reason` are values of REASONS; `call_type` one of CALL_TYPES' values; `redirecting` the number
    that forwarded the call; `dialled` the number called; `waiting` whether messages wait, `waiting_count` how many.
    """

    form: str
    number: str | None = None
    name: str | None = None
    date: str | None = None
    reason: str | None = None
    name_reason: str | None = None
    call_type: str | None = None
    redirecting: str | None = None
    dialled: str | None = None
    waiting: bool | None = None
    waiting_count: int | None = None

    def says_something(self) -> bool:
        """Whether it tells more than a date."""
        return (self.number or self.name or self.reason or self.name_reason) is not None or self.waiting is not None


# Building


def mdmf(
    number: str | None = None,
    name: str | None = None,
    when: datetime | None = None,
    reason: str | None = None,
    name_reason: str | None = None,
    *,
    call_type: str | None = None,
    redirecting: str | None = None,
    dialled: str | None = None,
    waiting: bool | None = None,
    waiting_count: int | None = None,
) -> bytes:
    """A multiple data message, checksum included.

    `reason` stands in for a missing number, `name_reason` for a missing name (values of REASONS). With `waiting` and
    neither number nor reason it is a message-waiting message (0x82). Names are cut to 50 characters and sent in
    Latin-1, "?" for what it lacks. ValueError for a number with other characters than digits and `*#+`.
    """
    body = bytearray()
    if call_type is not None:
        body += _parameter(_CALL_TYPE, bytes([_code(CALL_TYPES, call_type)]))
    if when is not None:
        body += _parameter(_DATE, when.strftime("%m%d%H%M").encode())
    if number is not None:
        body += _parameter(_NUMBER, _number_bytes(number))
    elif reason is not None:
        body += _parameter(_NO_NUMBER, _letter(reason))
    if name is not None:
        body += _parameter(_NAME, name[:LONGEST_NAME].encode("latin-1", "replace"))
    elif name_reason is not None:
        body += _parameter(_NO_NAME, _letter(name_reason))
    if dialled is not None:
        body += _parameter(_DIALLED, _number_bytes(dialled))
    if redirecting is not None:
        body += _parameter(_REDIRECTING, _number_bytes(redirecting))
    if waiting is not None:
        body += _parameter(_WAITING, b"\xff" if waiting else b"\x00")
    if waiting_count is not None:
        body += _parameter(_WAITING_COUNT, bytes([min(waiting_count, 255)]))
    if not body:
        raise ValueError("caller ID: nothing to say: a number, a name, a reason or message waiting is needed")
    only_waiting = waiting is not None and number is None and reason is None and name is None
    return checked(bytes([MDMF_WAITING if only_waiting else MDMF_CALL, len(body)]) + bytes(body))


def sdmf(number: str | None, when: datetime, reason: str | None = None) -> bytes:
    """A single data message: date, time and the number, or the reason's letter in its place."""
    body = when.strftime("%m%d%H%M").encode()
    body += _number_bytes(number) if number is not None else _letter(reason or "unavailable")
    return checked(bytes([SDMF_CALL, len(body)]) + body)


def sdmf_waiting(waiting: bool) -> bytes:
    """The single data message that lights or clears the message lamp."""
    body = _SDMF_ON if waiting else _SDMF_OFF
    return checked(bytes([SDMF_WAITING, len(body)]) + body)


def ntt(number: str | None = None, reason: str | None = None, dialled: str | None = None) -> bytes:
    """NTT's number display: DLE SOH 07 DLE STX, message, DLE ETX, each with even parity, then a CRC-16."""
    body = bytearray()
    if number is not None:
        body += _parameter(_NUMBER, _number_bytes(number))
    elif reason is not None:
        body += _parameter(_NO_NUMBER, _letter(reason))
    if dialled is not None:
        body += _parameter(_NTT_DIALLED, _number_bytes(dialled))
    if not body:
        raise ValueError("caller ID: nothing to say: a number or a reason is needed")
    stuffed = (bytes([NTT_CALL, len(body)]) + body).replace(b"\x10", b"\x10\x10")
    framed = bytes([0x07, _DLE, _STX]) + stuffed + bytes([_DLE, _ETX])
    framed = bytes(_even(byte) for byte in framed)
    return bytes([_even(_DLE), _even(_SOH)]) + framed + _crc16(framed).to_bytes(2, "little")


def dtmf_digits(
    number: str | None = None, reason: str | None = None, redirecting: str | None = None, form: str = "A..C"
) -> str:
    """Caller ID as DTMF digits. `form` is "A..C", "D..C", "D..#", "..#" or "bare"; only "A..C" can hold a redirecting
    number. A missing number is sent as B10 (private) or B00 in "A..C", as D1 (private) or D3 in "D..#"."""
    if form not in ("A..C", "D..C", "D..#", "..#", "bare"):
        raise ValueError(f'caller ID: form is "{form}", expected "A..C", "D..C", "D..#", "..#" or "bare"')
    digits = _number_bytes(number).decode().lstrip("+") if number is not None else None
    if digits is not None and not digits.isdigit():
        raise ValueError(f'caller ID: number is "{number}", expected digits')
    if form == "A..C":
        text = f"A{digits}" if digits is not None else ""
        text += f"D{redirecting}" if redirecting is not None else ""
        text += "" if digits is not None else ("B10" if reason == "private" else "B00")
        return text + "C"
    if digits is None:
        if form != "D..#":
            raise ValueError(f'caller ID: form "{form}" cannot say that a number is missing')
        return "D1#" if reason == "private" else "D3#"
    before, after = {"D..C": ("D", "C"), "D..#": ("D", "#"), "..#": ("", "#"), "bare": ("", "")}[form]
    return before + digits + after


def checked(message: bytes) -> bytes:
    """The message with its checksum: all bytes add up to 0 modulo 256."""
    return message + bytes([-sum(message) & 0xFF])


def _parameter(kind: int, content: bytes) -> bytes:
    if not 1 <= len(content) <= 255:
        raise ValueError(f"caller ID: parameter {kind:#04x} is {len(content)} bytes long, expected 1 to 255")
    return bytes([kind, len(content)]) + content


def _number_bytes(number: str) -> bytes:
    raw = number.encode("ascii", "replace")
    if not 1 <= len(raw) <= LONGEST_NUMBER or not NUMBER_CHARACTERS.issuperset(raw):
        raise ValueError(f'caller ID: number is "{number}", expected 1 to {LONGEST_NUMBER} of 0-9 * # +')
    return raw


def _letter(reason: str) -> bytes:
    if reason not in _LETTERS:
        raise ValueError(f'caller ID: reason is "{reason}", expected one of {", ".join(sorted(_LETTERS))}')
    return _LETTERS[reason].encode()


def _code(names: dict[int, str], name: str) -> int:
    for code, known in names.items():
        if known == name:
            return code
    raise ValueError(f'caller ID: call type is "{name}", expected one of {", ".join(names.values())}')


# Reading


def read(message: bytes) -> Message | None:
    """Read a whole SDMF or MDMF message, checksum included; None if it is not one."""
    if len(message) < 4 or message[0] not in MESSAGE_TYPES or message[1] != len(message) - 3:
        return None
    if sum(message) & 0xFF:
        return None
    body = message[2:-1]
    if message[0] == SDMF_CALL:
        return _read_sdmf(body)
    if message[0] == SDMF_WAITING:
        return Message("sdmf", waiting=body == _SDMF_ON) if body in (_SDMF_ON, _SDMF_OFF) else None
    read_so_far: Message | None = Message("mdmf")
    for parameter in _parameters(body):
        if parameter is None or read_so_far is None:
            return None
        read_so_far = _with_parameter(read_so_far, *parameter)
    return read_so_far if read_so_far is not None and read_so_far.says_something() else None


def read_ntt(message: bytes) -> Message | None:
    """Read a whole NTT message, from the first DLE to the CRC; None if it is not one."""
    if len(message) < 12 or message[:2] != bytes([_even(_DLE), _even(_SOH)]):
        return None
    if _crc16(message[2:-2]) != int.from_bytes(message[-2:], "little"):
        return None
    if any(byte != _even(byte) for byte in message[2:-2]):
        return None
    plain = bytes(byte & 0x7F for byte in message[2:-2])
    if plain[1:3] != bytes([_DLE, _STX]) or plain[-2:] != bytes([_DLE, _ETX]):
        return None
    content = plain[3:-2].replace(b"\x10\x10", b"\x10")
    if len(content) < 2 or content[0] != NTT_CALL or content[1] != len(content) - 2:
        return None
    read_so_far: Message | None = Message("ntt")
    for parameter in _parameters(content[2:]):
        if parameter is None or read_so_far is None:
            return None
        kind, value = parameter
        if kind in (_DATE, _NUMBER, _NO_NUMBER, _NAME, _NO_NAME):
            read_so_far = _with_parameter(read_so_far, kind, value)
        elif kind == _NTT_DIALLED:
            read_so_far = _with_parameter(read_so_far, _DIALLED, value)
    return read_so_far if read_so_far is not None and read_so_far.says_something() else None


def ntt_length(start: bytes) -> int | None:
    """How long the NTT message that starts so will be in all, None while that cannot be told, 0 if it is none."""
    expected = bytes([_even(_DLE), _even(_SOH)])
    if start[:2] != expected[: len(start)] or len(start) > 200:
        return 0
    at = 2
    while at + 1 < len(start):
        if start[at] & 0x7F == _DLE:
            if start[at + 1] & 0x7F == _ETX and at > 4:
                return at + 4
            at += 1
        at += 1
    return None


def read_dtmf(digits: str) -> Message | None:
    """Read DTMF digits as caller ID: `A..C` with D and B parts, `D..C`, `D..#`, `A..#`, `..#` and bare digits."""
    if not 2 <= len(digits) <= 2 * LONGEST_NUMBER + 8:
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
    if not digits.isdigit() or len(digits) > LONGEST_NUMBER:
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
        return Message("sdmf", date=date or None, reason=REASONS[rest.decode()])
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
    if kind == _DATE:
        date = _date(value)
        return None if date is None else replace(message, date=date or None)
    if kind in (_NUMBER, _DIALLED, _REDIRECTING):
        number = _number(value)
        if number is None:
            return None
        if kind == _NUMBER:
            return replace(message, number=number)
        return replace(message, dialled=number) if kind == _DIALLED else replace(message, redirecting=number)
    if kind in (_NO_NUMBER, _NO_NAME):
        reason = REASONS.get(value.decode("latin-1"))
        if reason is None:
            return None
        return replace(message, reason=reason) if kind == _NO_NUMBER else replace(message, name_reason=reason)
    if kind == _NAME:
        if not 1 <= len(value) <= LONGEST_NAME:
            return None
        return replace(message, name=_printable(value))
    if kind == _CALL_TYPE:
        return replace(message, call_type=CALL_TYPES.get(value[0])) if len(value) == 1 else None
    if kind == _WAITING:
        return replace(message, waiting=value != b"\x00") if len(value) == 1 else None
    if kind == _WAITING_COUNT:
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
    digits = bytes(byte for byte in value if byte not in SEPARATORS)
    if not 1 <= len(digits) <= LONGEST_NUMBER or len(value) > 2 * LONGEST_NUMBER:
        return None
    return digits.decode() if NUMBER_CHARACTERS.issuperset(digits) else None


def _printable(value: bytes) -> str | None:
    """Latin-1 text without control codes, blanks trimmed; None if nothing is left."""
    text = "".join(c if c.isprintable() else " " for c in value.decode("latin-1"))
    return " ".join(text.split()) or None


def _even(byte: int) -> int:
    """The low seven bits with an even-parity bit on top."""
    return (byte & 0x7F) | ((byte & 0x7F).bit_count() & 1) << 7


def _crc16(data: bytes) -> int:
    """CRC-16 of ITU-T (x^16 + x^12 + x^5 + 1), low bit first, start value 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8408 if crc & 1 else crc >> 1
    return crc
