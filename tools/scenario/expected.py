"""What a scenario expects of one value in the log, and whether a value meets it.

Forms: ``12`` or ``"text"`` or ``true`` exactly; for numbers also ``"12 +- 1.5"``, ``"5..9"``, ``">= 5"``, ``"<= 5"``;
for any column ``"present"`` (not null) and ``"absent"`` (null); for text ``"~ words"`` (contained, case ignored).
A form that cannot be read raises ValueError with what was expected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_NUMBER = r"([-+]?\d+(?:\.\d+)?)"
_FORMS = (
    (re.compile(rf"^{_NUMBER} *\+- *{_NUMBER}$"), lambda a, b: (a - b, a + b)),
    (re.compile(rf"^{_NUMBER} *\.\. *{_NUMBER}$"), lambda a, b: (a, b)),
    (re.compile(rf"^>= *{_NUMBER}$"), lambda a: (a, float("inf"))),
    (re.compile(rf"^<= *{_NUMBER}$"), lambda a: (float("-inf"), a)),
)
_HALF_SAMPLE = 1 / 16000  # seconds: two times that differ by less are the same sample


@dataclass(frozen=True)
class Expected:
    """One expected value, as written and as understood."""

    written: Any
    span: tuple[float, float] | None = None

    def holds(self, actual: Any) -> bool:
        """Whether a value of the log is what was expected."""
        if self.written == "present":
            return actual is not None
        if self.written == "absent":
            return actual is None
        if self.span is not None:
            low, high = self.span
            is_number = isinstance(actual, int | float) and not isinstance(actual, bool)
            return is_number and low - _HALF_SAMPLE <= actual <= high + _HALF_SAMPLE
        if isinstance(self.written, bool):
            return actual is not None and bool(actual) == self.written  # SQLite keeps a truth value as 0 or 1
        if isinstance(self.written, str) and self.written.startswith("~"):
            return isinstance(actual, str) and self.written[1:].strip().lower() in actual.lower()
        return type(actual) is not bool and actual == self.written

    def __str__(self) -> str:
        return _show(self.written)


def expected(written: Any) -> Expected:
    """Read one expected value; raises ValueError."""
    if not isinstance(written, bool | int | float | str):
        raise ValueError(f"{written!r} is no expected value; expected text, a number, true, false or a span")
    if isinstance(written, str):
        for form, span in _FORMS:
            match = form.match(written)
            if match:
                low, high = span(*map(float, match.groups()))
                if low > high:
                    raise ValueError(f"{written!r} is an empty span; expected the smaller number first")
                return Expected(written, (low, high))
        if re.match(r"^([<>]=|[<>]\s*[-+]?\d)", written) or re.match(rf"^{_NUMBER}\s*(\+|\.\.)", written):
            raise ValueError(f'{written!r} is no span; expected "12 +- 1", "5..9", ">= 5" or "<= 5"')
    return Expected(written)


def show_row(row: dict[str, Any], keys: list[str]) -> str:
    """A row of the log as a person reads it, only the columns that were asked about."""
    return ", ".join(f"{key} = {_show(row.get(key))}" for key in keys)


def _show(value: Any) -> str:
    if value is None:
        return "absent"
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
