"""Caller ID as a modem tells it: lines such as ``NMBR = 5145550123``, after the first RING (``AT+VCID=1``).

What a line says is hostile: fields are bounded and stripped to what they may hold; lines of other kinds are not ours.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from drivers.signals.callerid import fields
from drivers.signals.callerid.messages import Message

_FIELD = re.compile(r"^(DATE|TIME|NMBR|NUMBER|NAME)\s*=\s*(.*)$")


@dataclass
class CallerLines:
    """The fields that came so far; ``take`` adds a line."""

    date: str = ""
    time: str = ""
    number: str | None = None
    reason: str | None = None
    name: str | None = None
    name_reason: str | None = None

    def take(self, line: str) -> bool:
        """Adds a line, each of its letters a byte of the modem's; False where it is none of caller ID's."""
        match = _FIELD.match(line.strip())
        if match is None:
            return False
        key, value = match[1], "".join(sign for sign in match[2] if ord(sign) >= 0x20 and ord(sign) != 0x7F).strip()
        if key == "DATE" and re.fullmatch(r"[0-9]{4}", value):
            self.date = value
        elif key == "TIME" and re.fullmatch(r"[0-9]{4}", value):
            self.time = value
        elif key in ("NMBR", "NUMBER"):
            self.reason = fields.reason(value)
            self.number = fields.number(value) if self.reason is None else None
        elif key == "NAME":
            self.name_reason = fields.reason(value)
            self.name = fields.name(value.encode("latin-1", "replace")) if self.name_reason is None else None
        return True

    def says_something(self) -> bool:
        """Whether there is more than a date."""
        return any((self.number, self.reason, self.name, self.name_reason))

    def message(self) -> Message:
        """What was said, as any line says it; a date that is none is left out."""
        when = self.when(dt.date.today().year)
        return Message(
            form="voice modem",
            number=self.number,
            name=self.name,
            date=f"{when:%m-%d %H:%M}" if when is not None else None,
            reason=self.reason,
            name_reason=self.name_reason,
        )

    def when(self, year: int) -> dt.datetime | None:
        """The date and time the line sent, which has no year of its own; None where it is no date."""
        if not self.date or not self.time:
            return None
        try:
            return dt.datetime.strptime(f"{year}{self.date}{self.time}", "%Y%m%d%H%M")
        except ValueError:
            return None
