"""The fields of a caller ID message, read from what a line or a modem sent: a number, a name, a date, a reason.

Exchanges, adapters and gateways fill them as they please: padded with NULs, formatted, an extension behind the number,
a word in the number's place, a name in the character set of whoever typed it. What can be understood is; the rest is
None, which never costs another field. Stateless.
"""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType
from typing import Final

from drivers.signals.callerid.messages import LONGEST_NAME, LONGEST_NUMBER, SEPARATORS, plain

WORDS: Final = MappingProxyType(
    {
        "private": (
            "P", "PRIVATE", "PRIVE", "PRIVADO", "PRIVAT", "ANONYMOUS", "ANONYME", "ANONYM", "ANONIMO", "WITHHELD",
            "RESTRICTED", "BLOCKED", "HIDDEN", "MASQUE", "SECRET", "UNDISCLOSED", "CONFIDENTIAL", "B10", "D1",
        ),
        "unavailable": (
            "O", "UNAVAILABLE", "NOTAVAILABLE", "NA", "OUTOFAREA", "UNKNOWN", "INCONNU", "UNBEKANNT", "DESCONOCIDO",
            "INTERNATIONAL", "OVERSEAS", "NONE", "NO", "B00", "D2", "D3",
        ),
        "payphone": ("C", "PAYPHONE", "COIN", "COINPHONE"),
        "service conflict": ("S", "SERVICECONFLICT"),
    }
)  # fmt: skip
"""Why a number or a name is missing, by every letter and word that stands in its place, and by DTMF's codes with their
letter. Words as `_bare` leaves them."""

_BY_WORD: Final = {word: why for why, words in WORDS.items() for word in words}
_BESIDE: Final = re.compile(r"\b(?:NUMBER|NAME|CALLER|CALL|ID|SUBSCRIBER|PARTY|NUMERO|NOM|APPEL)\b")
_NUMBER: Final = re.compile(r"([0-9*#+]+)(?:(?:x|ext)[0-9]*)?", re.IGNORECASE)
_LEFT_OUT: Final = re.compile(rf"[{re.escape(SEPARATORS.decode())}\x00-\x1f\x7f-\xff]")
_LONGEST_FIELD: Final = 2 * LONGEST_NUMBER


def reason(words: str) -> str | None:
    """Why there is no number or name, if a letter, a word or a DTMF code says so: a key of WORDS."""
    return _BY_WORD.get(_bare(words)) if len(words) <= LONGEST_NAME else None


def _bare(words: str) -> str:
    """Letters and digits alone, large, without accents, and without what is said beside ("CALLER", "NUMBER")."""
    plain_letters = unicodedata.normalize("NFD", words).encode("ascii", "ignore").decode().upper()
    return "".join(sign for sign in _BESIDE.sub("", plain_letters) if sign.isalnum())


def number(words: str) -> str | None:
    """The digits of a number, without what formats it and without an extension behind `x`; None if it is none."""
    if len(words) > _LONGEST_FIELD:
        return None
    match = _NUMBER.fullmatch(_LEFT_OUT.sub("", words))
    return match[1] if match and len(match[1]) <= LONGEST_NUMBER else None


def name(raw: bytes) -> str | None:
    """A name as people read it, cut to LONGEST_NAME letters; None if nothing is to be seen of it."""
    shown = plain(text(raw))
    return shown[:LONGEST_NAME].rstrip() if shown else None


def text(raw: bytes) -> str:
    """UTF-8 where it is that (a gateway's copy of a display name, maybe cut within its last letter), else Latin-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        whole = raw[: error.start]
        if error.reason == "unexpected end of data" and not whole.isascii():
            return whole.decode("utf-8")
    return raw.decode("latin-1")


def date(words: str) -> str | None:
    """ "MMDDhhmm" as "MM-DD hh:mm"; None if it is no date, as from an exchange without a clock ("00000000")."""
    if not re.fullmatch(r"[0-9]{8}", words):
        return None
    month, day, hour, minute = (int(words[at : at + 2]) for at in (0, 2, 4, 6))
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour <= 23 and minute <= 59):
        return None
    return f"{words[:2]}-{words[2:4]} {words[4:6]}:{words[6:]}"
