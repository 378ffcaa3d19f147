"""Caller ID messages: what one says, and what stands on the wire for it.

`Message` is what `reading` gives and everything above the line works with; the codes, letters and limits here
are those that `writing` sends and `reading` expects.

Stateless. Sources: Telcordia GR-30-CORE and GR-31-CORE (SDMF, MDMF); ETSI EN 300 659-3 (parameters beyond 0x08 and the
DTMF forms); NTT's number display as laid out in libspandsp's `adsi.h` and Dialogic's parameter tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SCHEMES: Final = ("bell202", "v23", "dtmf", "ntt")
"""How a message goes over the line: the modem of FSK, DTMF digits, or NTT's own."""

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
SEPARATORS: Final = b" -()./"  # some exchanges format the number; they are left out

REASONS: Final = {"O": "unavailable", "P": "private", "C": "payphone", "S": "service conflict"}
"""Why a number or name is missing, by its letter on the wire."""

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

# kinds of parameter
DATE, NUMBER, DIALLED, NO_NUMBER = 0x01, 0x02, 0x03, 0x04
NAME, NO_NAME, WAITING, CALL_TYPE = 0x07, 0x08, 0x0B, 0x11
WAITING_COUNT, REDIRECTING = 0x13, 0x1A
NTT_DIALLED = 0x09
SOH, STX, ETX, DLE = 0x01, 0x02, 0x03, 0x10
NO_CLOCK: Final = "00000000"  # the date of an exchange without a clock
SDMF_ON, SDMF_OFF = b"BBB", b"ooo"


@dataclass(frozen=True)
class Message:
    """What one message says. None is "not said"; `date` is "MM-DD hh:mm" (the line sends no year).

    `reason` and `name_reason` are values of REASONS; `call_type` one of CALL_TYPES' values; `redirecting` the number
    that forwarded the call; `dialled` the number called; `waiting` whether messages wait, `waiting_count` how many.
    `odd` holds what could not be read of it, in words; it does not make one message another.
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
    odd: tuple[str, ...] = field(default=(), compare=False)

    def says_something(self) -> bool:
        """Whether it tells more than a date."""
        return (self.number or self.name or self.reason or self.name_reason) is not None or self.waiting is not None


def plain(name: str) -> str | None:
    """A name without control codes and surplus blanks; None if nothing is left."""
    text = "".join(c if c.isprintable() else " " for c in name)
    return " ".join(text.split()) or None


def even(byte: int) -> int:
    """The low seven bits with an even-parity bit on top."""
    return (byte & 0x7F) | ((byte & 0x7F).bit_count() & 1) << 7


def crc16(data: bytes) -> int:
    """CRC-16 of ITU-T (x^16 + x^12 + x^5 + 1), low bit first, start value 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8408 if crc & 1 else crc >> 1
    return crc
