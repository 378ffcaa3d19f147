"""What the digits dialled on a handset mean: a pure function from digits so far to a decision.

Emergency numbers come before everything: the moment the digits equal one (bare or after the outside prefix) the answer
is ``emergency``; only numbers that the country table marks ``may_be_longer`` wait EMERGENCY_WAIT_S first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import phonenumbers

EMERGENCY_WAIT_S = 2.0
LONGEST = 32  # digits; longer is nobody's number


class Kind(Enum):
    """What to do with the digits so far."""

    WAIT = "wait"  # more digits may come; after ``wait_s`` of silence ask again with ``final``
    EMERGENCY = "emergency"
    EXTENSION = "extension"
    OUTSIDE = "outside"
    WRONG = "wrong"


@dataclass(frozen=True)
class Decision:
    """``number``: what to send on the line, or the handset's name for an extension."""

    kind: Kind
    number: str = ""
    wait_s: float | None = None


@dataclass(frozen=True)
class DialPlan:
    """The office's plan. ``extensions``: digits -> handset name."""

    region: str  # ISO 3166 code for phonenumbers
    emergency: tuple[str, ...]
    may_be_longer: tuple[str, ...] = ()
    extensions: Mapping[str, str] = field(default_factory=dict)
    outside_prefix: str = "9"
    trunk: str = ""  # the country's national prefix, with which outside numbers begin
    interdigit_s: float = 3.0

    def decide(self, digits: str, *, final: bool = False) -> Decision:
        """``final``: the person pressed # or was silent for as long as the last decision said."""
        for number in self._readings(digits):
            if number in self.emergency:
                if number in self.may_be_longer and not final:
                    return Decision(Kind.WAIT, wait_s=EMERGENCY_WAIT_S)
                return Decision(Kind.EMERGENCY, number)
        if not digits:
            return Decision(Kind.WRONG) if final else Decision(Kind.WAIT)
        if digits in self.extensions:
            if not final and (digits in (self.trunk, self.outside_prefix) or self._may_be_emergency(digits)):
                return Decision(Kind.WAIT, wait_s=self.interdigit_s)  # 0 may be the operator or begin a number
            return Decision(Kind.EXTENSION, self.extensions[digits])
        outside = self._readings(digits)[-1]
        if len(digits) > LONGEST or ("*" in digits and final):
            return Decision(Kind.WRONG)
        if "*" in digits:  # nobody's code; what is still being dialled must not cut off the words that say so
            return Decision(Kind.WAIT, wait_s=self.interdigit_s)
        if outside and (final or (self._complete(outside) and not self._may_be_emergency(digits))):
            return Decision(Kind.OUTSIDE, outside)
        if final:
            return Decision(Kind.WRONG)
        return Decision(Kind.WAIT, wait_s=self.interdigit_s)

    def _readings(self, digits: str) -> tuple[str, ...]:
        """The digits as they stand and without the outside prefix."""
        if self.outside_prefix and digits.startswith(self.outside_prefix):
            return digits, digits[len(self.outside_prefix) :]
        return (digits,)

    def _may_be_emergency(self, digits: str) -> bool:
        """Whether more digits could still make an emergency number."""
        return any(
            number.startswith(reading) and number != reading
            for reading in self._readings(digits)
            if reading
            for number in self.emergency
        )

    def _complete(self, number: str) -> bool:
        """Whether the number is valid and nothing longer can be: then nobody waits for a time-out."""
        try:
            parsed = phonenumbers.parse(number, self.region)
            longer = phonenumbers.parse(number + "0", self.region)
        except phonenumbers.NumberParseException:
            return False
        too_long = phonenumbers.ValidationResult.TOO_LONG
        return phonenumbers.is_valid_number(parsed) and phonenumbers.is_possible_number_with_reason(longer) == too_long
