"""French as it is said in France and Canada (soixante-dix, quatre-vingt-dix)."""

from __future__ import annotations

import datetime as dt
import re

from firmware.supervisor.prompts.reader import Reader, Unit

_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante"}
_UNITS: dict[Unit, str] = {"second": "seconde", "minute": "minute", "hour": "heure"}
_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_PAIRS = ("FR",)  # countries whose French says telephone numbers by pairs


class French(Reader):
    """Words and rules of French."""

    SMALL = tuple(
        "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
        "dix-huit dix-neuf".split()
    )
    THOUSAND = "mille"
    HUNDRED = "cent"
    PLUS = "plus"
    ABOUT = "environ"
    AND = "et"
    NEAR = {0: "aujourd'hui", -1: "hier", 1: "demain"}  # noqa: RUF012
    DAYS = tuple("lundi mardi mercredi jeudi vendredi samedi dimanche".split())
    LAST = "{day} dernier"
    NEXT = "{day} prochain"
    AT = "à"

    def _tens(self, number: int) -> str:
        if number >= 80:
            rest = number - 80
            return f"quatre-vingt-{self.SMALL[rest]}" if rest else "quatre-vingts"
        if number >= 70:
            return "soixante et onze" if number == 71 else f"soixante-{self.SMALL[number - 60]}"
        tens, ones = divmod(number, 10)
        if ones == 0:
            return _TENS[tens]
        return f"{_TENS[tens]} et un" if ones == 1 else f"{_TENS[tens]}-{self.SMALL[ones]}"

    def _round(self, count: int, word: str, *, exact: bool) -> str:
        if count == 1:
            return word
        if word == self.HUNDRED:
            return super()._round(count, word, exact=exact) + ("s" if exact else "")
        said = self.cardinal(count)
        if said.endswith(("cents", "vingts")):  # deux cent mille, quatre-vingt mille
            said = said.removesuffix("s")
        return f"{said} {word}"

    def feminine(self, number: int) -> str:
        """A number before a feminine noun: une, vingt et une."""
        said = self.cardinal(number)
        return said[:-2] + "une" if re.search(r"(?:^|\s|-)un$", said) else said

    def _amount(self, count: int, unit: Unit) -> str:
        return f"{self.feminine(count)} {_UNITS[unit]}{'s' if count > 1 else ''}"

    def time(self, at: dt.time) -> str:
        said = {0: "minuit", 12: "midi"}.get(at.hour) or self._amount(at.hour, "hour")
        return f"{said} {self.feminine(at.minute)}" if at.minute else said

    def _date(self, at: dt.date, *, with_year: bool) -> str:
        said = f"le {'premier' if at.day == 1 else self.cardinal(at.day)} {_MONTHS[at.month - 1]}"
        return f"{said} {self.cardinal(at.year)}" if with_year else said

    def _group(self, digits: str) -> str:
        if self.country not in _PAIRS or len(digits) > 2:
            return self.digits(digits)
        zeros = len(digits) - len(digits.lstrip("0"))
        rest = [self.cardinal(int(digits))] if digits.strip("0") else []
        return " ".join([self.SMALL[0]] * zeros + rest)
