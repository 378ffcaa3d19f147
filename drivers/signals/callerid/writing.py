"""Caller ID messages, built: a number, a name, a date, or why they are missing, as bytes or as DTMF digits.

Building refuses with ValueError what could not be read again by `reading`. Stateless.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Final

from drivers.signals.callerid import messages as wire

_LETTERS: Final = {reason: letter for letter, reason in wire.REASONS.items()}


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
    neither number nor reason it is a message-waiting message (0x82). Names are sent without control codes, cut to 50
    characters, in Latin-1, "?" for what it lacks; one with nothing to show is left out. ValueError for a number with
    other characters than digits and `*#+`.
    """
    body = bytearray()
    if call_type is not None:
        body += _parameter(wire.CALL_TYPE, bytes([_code(wire.CALL_TYPES, call_type)]))
    if when is not None:
        body += _parameter(wire.DATE, when.strftime("%m%d%H%M").encode())
    body += _caller(number, reason)
    shown = None if name is None else wire.plain(unicodedata.normalize("NFC", name))
    if shown is not None:
        body += _parameter(wire.NAME, shown[: wire.LONGEST_NAME].encode("latin-1", "replace"))
    elif name_reason is not None:
        body += _parameter(wire.NO_NAME, _letter(name_reason))
    if dialled is not None:
        body += _parameter(wire.DIALLED, _number_bytes(dialled))
    if redirecting is not None:
        body += _parameter(wire.REDIRECTING, _number_bytes(redirecting))
    if waiting is not None:
        body += _parameter(wire.WAITING, b"\xff" if waiting else b"\x00")
    if waiting_count is not None:
        body += _parameter(wire.WAITING_COUNT, bytes([min(waiting_count, 255)]))
    if not body:
        raise ValueError("caller ID: nothing to say: a number, a name, a reason or message waiting is needed")
    only_waiting = waiting is not None and number is None and reason is None and shown is None
    return checked(bytes([wire.MDMF_WAITING if only_waiting else wire.MDMF_CALL, len(body)]) + bytes(body))


def sdmf(number: str | None, when: datetime, reason: str | None = None) -> bytes:
    """A single data message: date, time and the number, or the reason's letter in its place."""
    body = when.strftime("%m%d%H%M").encode()
    body += _number_bytes(number) if number is not None else _letter(reason or "unavailable")
    return checked(bytes([wire.SDMF_CALL, len(body)]) + body)


def sdmf_waiting(waiting: bool) -> bytes:
    """The single data message that lights or clears the message lamp."""
    body = wire.SDMF_ON if waiting else wire.SDMF_OFF
    return checked(bytes([wire.SDMF_WAITING, len(body)]) + body)


def ntt(number: str | None = None, reason: str | None = None, dialled: str | None = None) -> bytes:
    """NTT's number display: DLE SOH 07 DLE STX, message, DLE ETX, each with even parity, then a CRC-16."""
    body = _caller(number, reason)
    if dialled is not None:
        body += _parameter(wire.NTT_DIALLED, _number_bytes(dialled))
    if not body:
        raise ValueError("caller ID: nothing to say: a number or a reason is needed")
    stuffed = (bytes([wire.NTT_CALL, len(body)]) + body).replace(b"\x10", b"\x10\x10")
    framed = bytes([0x07, wire.DLE, wire.STX]) + stuffed + bytes([wire.DLE, wire.ETX])
    framed = bytes(wire.even(byte) for byte in framed)
    return bytes([wire.even(wire.DLE), wire.even(wire.SOH)]) + framed + wire.crc16(framed).to_bytes(2, "little")


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
    if redirecting is not None and not _number_bytes(redirecting).isdigit():
        raise ValueError(f'caller ID: redirecting number is "{redirecting}", expected digits')
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


def _caller(number: str | None, reason: str | None) -> bytes:
    """The parameter with the number, else the one with the reason for its absence; nothing for neither."""
    if number is not None:
        return _parameter(wire.NUMBER, _number_bytes(number))
    return b"" if reason is None else _parameter(wire.NO_NUMBER, _letter(reason))


def _number_bytes(number: str) -> bytes:
    raw = number.encode("ascii", "replace")
    if not 1 <= len(raw) <= wire.LONGEST_NUMBER or not wire.NUMBER_CHARACTERS.issuperset(raw):
        raise ValueError(f'caller ID: number is "{number}", expected 1 to {wire.LONGEST_NUMBER} of 0-9 * # +')
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
