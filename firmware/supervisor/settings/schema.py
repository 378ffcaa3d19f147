"""Every setting of the box, declared once: file, page, first boot, scenarios and docs/settings.md read this table.

A setting has exactly one home. ``file``: needed to start, stands in ``frontdesk.toml``. ``page``: kept in the
database and changed on the page; in the file it may stand only under ``[first_boot]``, which fills an empty database
once.

A table without side effects; any room may read it.
"""

from __future__ import annotations

import contextlib
import difflib
import math
import re
from dataclasses import dataclass
from typing import Literal

from firmware.supervisor.rules.billing import ROUNDINGS
from firmware.supervisor.rules.find_me import ADMITTED, ORDERS
from firmware.supervisor.rules.languages import LANGUAGES
from firmware.supervisor.rules.ports import ELSEWHERE
from firmware.supervisor.rules.statuses import AUTOMATIC, STATUSES

TEXTS = 8
"""Texts of information that an office may have."""

Value = str | int | float | bool
Kind = Literal["text", "whole", "number", "flag"]
Home = Literal["file", "page"]

_KIND_NAMES = {"text": "a text", "whole": "a whole number", "number": "a number", "flag": "true or false"}


class SettingsError(ValueError):
    """A setting that is unknown or out of range; the message names place, key and what was expected."""


@dataclass(frozen=True)
class Setting:
    """One setting. ``least``/``most`` bound numbers, ``pattern`` and ``longest`` (characters) bound texts.

    ``shown``: the page (or the file) where a person finds it. ``unit`` is printed behind numbers.
    """

    key: str
    kind: Kind
    default: Value
    home: Home
    doc: str
    shown: str
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    longest: int = 200
    unit: str = ""

    def check(self, value: object) -> Value:
        """``value`` as this setting keeps it; raises ``SettingsError`` saying what is expected."""
        if self.kind == "flag" and isinstance(value, bool):
            return value
        if self.kind == "text" and isinstance(value, str) and self._text_fits(value):
            return value
        if self.kind in ("whole", "number") and isinstance(value, int | float) and not isinstance(value, bool):
            number = float(value) if self.kind == "number" else value
            if self._number_fits(number):
                return number
        raise SettingsError(f"{self.key}: expected {self.expected()}, got {_short(value)}")

    def typed(self, text: str) -> Value:
        """The value that a person means by ``text``; raises ``SettingsError`` saying what is expected."""
        text = text.strip()
        if self.kind == "flag" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if self.kind in ("whole", "number"):
            with contextlib.suppress(ValueError):
                return self.check(int(text) if self.kind == "whole" else float(text))
        return self.check(text)

    def expected(self) -> str:
        """What a value must be, in words."""
        if self.choices:
            return "one of " + ", ".join(f'"{choice}"' for choice in self.choices)
        words = _KIND_NAMES[self.kind]
        if self.least is not None and self.most is not None:
            words += f" from {self.least:g} to {self.most:g}"
        if self.unit:
            words += f" ({self.unit})"
        if self.pattern == ".+":
            words += ", not empty"
        elif self.pattern:
            words += f" of the form `{self.pattern}`"
        return words

    def _text_fits(self, value: str) -> bool:
        if self.choices:
            return value in self.choices
        if len(value) > self.longest or not value.isprintable():
            return False
        return not self.pattern or re.fullmatch(self.pattern, value) is not None

    def _number_fits(self, value: int | float) -> bool:
        if isinstance(value, float) and (self.kind == "whole" or not math.isfinite(value)):
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


def _line(name: str) -> tuple[Setting, ...]:
    return (
        Setting(f"lines.{name}.enabled", "flag", True, "page", f"Whether the box serves line {name}.", "Office"),
        Setting(f"lines.{name}.name", "text", f"Line {name}", "page", f"What people call line {name}.", "Office",
                longest=40),
        Setting(f"lines.{name}.number", "text", "", "page",
                f"The telephone number of line {name}, for pages and logs.", "Office",
                pattern=r"[0-9+*#() .-]*", longest=32),
        Setting(f"lines.{name}.answered_by", "text", "assistant", "page",
                f"Who answers callers on line {name}: the assistant, or the receptionist with her menus.", "Office",
                choices=("assistant", "receptionist")),
        Setting(f"lines.{name}.send_gain_db", "number", 0.0, "file",
                f"How much louder the box speaks into line {name} than the country's chip settings make it.",
                "frontdesk.toml", least=-15.0, most=12.0, unit="dB"),
        Setting(f"lines.{name}.receive_gain_db", "number", 0.0, "file",
                f"How much louder line {name} is heard.", "frontdesk.toml", least=-15.0, most=12.0, unit="dB"),
    )  # fmt: skip


def _handset(name: str, extension: str) -> tuple[Setting, ...]:
    return (
        Setting(f"handsets.{name}.extension", "text", extension, "page",
                f"What one dials to reach handset {name} from the other handset.", "Office",
                pattern="[1-8][0-9]{1,3}" if extension else "([1-8][0-9]{1,3})?"),
        Setting(f"handsets.{name}.name", "text", f"Handset {name}", "page", f"What people call handset {name}.",
                "Office", longest=40),
        Setting(f"handsets.{name}.rings", "flag", True, "page",
                f"Whether handset {name} rings for callers from outside.", "My assistant"),
        Setting(f"handsets.{name}.do_not_disturb", "flag", False, "page",
                f"Whether handset {name} rings for nobody; *04 at the handset changes it.", "My assistant"),
        Setting(f"handsets.{name}.forward_to", "text", "", "page",
                f"Extension or number that those inside get in place of handset {name}, as it is dialled there; *05 "
                "and *06 at the handset change it.", "My assistant", pattern="[0-9]*", longest=32),
    )  # fmt: skip


_ALL = (
    Setting("box.country", "text", "CA", "file",
            "Country of the telephone line: tones, cadences, caller ID, emergency numbers (ISO 3166 code).",
            "frontdesk.toml", pattern="[A-Z]{2}"),
    Setting("box.area_code", "text", "", "file",
            "Area code put before numbers that are given without one; empty: none is put.",
            "frontdesk.toml", pattern="[0-9]{0,6}"),
    Setting("box.carrier_code", "text", "", "file",
            "Code of the carrier that is dialled before numbers of other areas and countries, where the country has "
            "one (Brazil: 15, 21, 31 ...); empty: none is put.",
            "frontdesk.toml", pattern="[0-9]{0,4}"),
    Setting("link.device", "text", "", "file",
            "Serial device of the HAT, such as /dev/ttyAMA0, or modem:/dev/ttyACM0 for a voice modem; "
            "empty: the box looks for no board and says so.",
            "frontdesk.toml", longest=255),
    Setting("link.lockstep", "text", "", "file",
            "Lockstep socket of a virtual board; empty: real time.", "frontdesk.toml", longest=255),
    Setting("link.elsewhere", "text", "", "file",
            "Banks of ports in other processes, such as web=run/web.sock: name and Unix socket of each, a space "
            "between two. Their ports are called web1, web2 ..., and have settings as C and D or A and B have.",
            "frontdesk.toml", pattern="([a-z]{2,12}=[^ ]+( [a-z]{2,12}=[^ ]+)*)?", longest=255),
    Setting("gpio.device", "text", "", "file",
            "Pins that reset the HAT and hold the lifeline relay, without which telephone C stays on line A: "
            "RPi.GPIO on a Pi, unix:PATH for a virtual board; empty: none.",
            "frontdesk.toml", pattern="(RPi[.]GPIO|unix:.+)?", longest=255),
    Setting("i2c.device", "text", "", "file",
            "Bus of the HAT's own devices: /dev/i2c-1 on a Pi, unix:PATH for a virtual board; empty: none.",
            "frontdesk.toml", pattern="(/dev/.+|unix:.+)?", longest=255),
    Setting("web.host", "text", "127.0.0.1", "file", "Address the page listens on; 0.0.0.0: the whole LAN.",
            "frontdesk.toml", pattern=r"[0-9A-Za-z.:-]+", longest=255),
    Setting("web.port", "whole", 8443, "file", "TCP port of the page.", "frontdesk.toml", least=1, most=65535),
    Setting("box.name", "text", "the office", "page", "Whose telephone this is, as pages and prompts name it.",
            "Office", pattern=".+", longest=60),
    Setting("box.language", "text", "en", "page",
            "Language of prompts; pages are in the browser's until a user chooses.", "Office",
            choices=LANGUAGES),
    *_line("A"),
    *_line("B"),
    *_handset("C", "21"),
    *_handset("D", "22"),
    Setting("dialing.outside_prefix", "text", "9", "page",
            "Dialled before an outside number; empty: every number that is no extension goes outside.", "Office",
            pattern="[0-9]{0,2}"),
    Setting("dialing.interdigit_s", "number", 3.0, "page",
            "How long after the last digit a number is taken as complete.", "Office", least=1, most=15, unit="s"),
    Setting("dialing.operator", "text", "C", "page", "Handset that 0 rings; empty: nobody.", "Office",
            pattern=f"([CD]|{ELSEWHERE})?", longest=16),
    Setting("emergency.address", "text", "", "page",
            "Address that the telephone company has on file for the office's lines: where help goes. Shown on Health.",
            "Health"),
    Setting("dialing.speed_dial", "text", "", "page",
            "Numbers for *02 and a digit, in order, parted by commas: the first is dialled by 1.", "Office",
            pattern=r"([0-9+ ()-]+(,[0-9+ ()-]+){0,8})?", longest=300),
    Setting("answering.rings", "whole", 2, "page", "Rings before the box answers.", "My assistant", least=1, most=10),
    Setting("answering.longest_s", "number", 600.0, "page",
            "Longest time that a caller may keep the box; what is recorded by then is kept.", "My assistant",
            least=60, most=3600, unit="s"),
    Setting("answering.greeting", "text", "caller.greeting.unknown", "page",
            "Prompt that greets a caller: an id of the prompt file, or a sentence to be spoken.", "My assistant",
            pattern=".+", longest=500),
    Setting("answering.greeting_known", "text", "caller.greeting.contact", "page",
            "The same for callers found in the contacts.", "My assistant", pattern=".+", longest=500),
    Setting("answering.ask_first", "text", "nobody", "page",
            "Who must press a key, or say yes, and say his name before the telephones ring: nobody, or callers who are "
            "no contacts.", "My assistant", choices=("nobody", "strangers")),
    Setting("answering.tell_status", "flag", False, "page",
            "Whether callers are told what the office is doing: in a meeting, on vacation.", "My assistant"),
    *(Setting(f"information.{number}", "text", "", "page",
              f"Text {number} that a caller hears who asks for information: hours, address; empty: none.",
              "My assistant", longest=300) for number in range(1, TEXTS + 1)),
    Setting("reach.ask_name", "flag", True, "page",
            "Whether a caller whom nobody knows first says his name, and why he calls, before anybody is rung for him.",
            "My assistant"),
    Setting("reach.mobile", "text", "", "page",
            "Mobile number on which a caller who says that it is important is put through, once a key was pressed "
            "there; it needs a second line. Empty: only the handsets ring.", "My assistant",
            pattern=r"[0-9+*#() .-]*", longest=32),
    Setting("reach.important", "text", "everybody", "page",
            "Who may say that it is important.", "My assistant", choices=ADMITTED),
    Setting("reach.order", "text", "at once", "page",
            "Whether handsets and mobile ring at once, or the handsets first.", "My assistant", choices=ORDERS),
    Setting("reach.ring_s", "number", 20.0, "page",
            "How long a telephone rings for a caller who says that it is important.", "My assistant",
            least=5, most=60, unit="s"),
    Setting("recording.max_s", "number", 180.0, "page", "Longest message.", "My assistant",
            least=10, most=900, unit="s"),
    Setting("recording.silence_s", "number", 5.0, "page", "Silence that ends a message.", "My assistant",
            least=2, most=30, unit="s"),
    Setting("recording.min_speech_s", "number", 2.0, "page",
            "Messages with less speech than this are dropped; the call is logged all the same.", "My assistant",
            least=0, most=10, unit="s"),
    Setting("messages.draft_text", "flag", False, "page",
            "Writes down what messages say, as a draft: English, on this box alone, while nobody telephones.",
            "My assistant"),
    Setting("billing.increment_s", "whole", 1, "page",
            "What is billed of a call is its talk, rounded to a multiple of this: 360 is a tenth of an hour.", "Office",
            least=1, most=3600, unit="s"),
    Setting("billing.rounding", "text", "up", "page", "Up to the next whole increment, or to the nearest one.",
            "Office", choices=ROUNDINGS),
    Setting("billing.minimum_s", "whole", 0, "page", "The least that is billed of a call with any talk.", "Office",
            least=0, most=3600, unit="s"),
    Setting("recording.calls", "flag", False, "page",
            "Whether people at a telephone may record a conversation (** and 4). Everybody is told first, and asked "
            "where the law of the country wants it.", "Office"),
    Setting("billing.rate", "number", 0.0, "page", "What an hour costs, for new time entries; 0: no sums are shown.",
            "Office", least=0, most=100_000),
    Setting("billing.currency", "text", "CAD", "page", "In which currency, its three letters.", "Office",
            pattern="[A-Z]{3}", longest=3),
    Setting("billing.firm", "text", "", "page", "Who bills, as it stands on statements.", "Office", longest=60),
    Setting("billing.firm_id", "text", "", "page", "The LAW_FIRM_ID of LEDES files, as whoever pays has given it.",
            "Office", pattern="[ -~]*", longest=20),
    Setting("recording.quota_mb", "whole", 4000, "page",
            "How much of the disk messages may take; beyond it callers are told that theirs cannot be saved.",
            "Office", least=1, most=1_000_000, unit="MB"),
    Setting("retention.days", "whole", 0, "page",
            "Calls, messages and recordings older than this are deleted for good, "
            "saved and unheard messages excepted; 0: kept.",
            "Office", least=0, most=3650, unit="days"),
    Setting("status", "text", AUTOMATIC, "page",
            "What the office is doing, set by a person; automatic: what its rules say (docs/rules.md).",
            "Home", choices=(AUTOMATIC, *STATUSES)),
    Setting("status_until", "text", "", "page",
            "Local time until which a status set by a person holds, such as 2026-03-02T15:00; empty: for good.",
            "Home",
            pattern="(20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9])?"),
)  # fmt: skip

SCHEMA: dict[str, Setting] = {setting.key: setting for setting in _ALL}


def setting(key: str) -> Setting:
    """The declaration of ``key``; raises ``SettingsError`` that names the nearest one there is."""
    found = SCHEMA.get(key) or _elsewhere(key)
    if found is None:
        raise SettingsError(f"{_short(key)[1:-1]}: unknown setting{suggestion(key)}")
    return found


def _elsewhere(key: str) -> Setting | None:
    """What is declared by pattern: the settings of a port in another process."""
    kind, _, rest = key.partition(".")
    name = rest.partition(".")[0]
    if not re.fullmatch(ELSEWHERE, name) or kind not in ("lines", "handsets"):
        return None
    declared = _line(name) if kind == "lines" else _handset(name, "")
    return next((one for one in declared if one.key == key), None)


def suggestion(key: str) -> str:
    """`; did you mean ...?` with the nearest key, or nothing when none is near."""
    near = difflib.get_close_matches(key, SCHEMA, n=1, cutoff=0.5)
    if not near:  # the right last word in the wrong section is near enough
        last = key.rsplit(".", 1)[-1]
        near = [other for other in SCHEMA if other.rsplit(".", 1)[-1] == last][:1]
    return f"; did you mean {near[0]}?" if near else ""


def _short(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."
