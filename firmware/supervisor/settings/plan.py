"""The office's plan: its telephones by extension and name, and what dialled keys mean, by the settings in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from drivers.signals.countries import Country
from firmware.supervisor.rules.billing import Tariff
from firmware.supervisor.rules.dialplan import DialPlan
from firmware.supervisor.settings.in_force import Settings


class Plan:
    """``handsets``: the names of the handsets that there are, now. ``ours``: codes of our own -> what they ask for."""

    def __init__(
        self,
        settings: Settings,
        country: Country,
        handsets: Callable[[], Iterable[str]],
        ours: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._settings = settings
        self._country = country
        self._handsets = handsets
        self._ours = ours
        self._made = DialPlan(country, {})
        self._made_for: tuple[object, ...] = ()

    @property
    def dialling(self) -> DialPlan:
        """What dialled keys mean; made anew only when a setting has changed."""
        extensions = {self.extension(name): name for name in self._handsets() if self.extension(name)}
        operator = self._settings.text("dialing.operator")
        if operator:
            extensions["0"] = operator
        prefix, interdigit_s = (
            self._settings.text("dialing.outside_prefix"),
            self._settings.number("dialing.interdigit_s"),
        )
        wanted = (tuple(extensions.items()), prefix, interdigit_s)
        if wanted != self._made_for:
            self._made_for = wanted
            self._made = DialPlan(
                self._country, extensions, outside_prefix=prefix, interdigit_s=interdigit_s, ours=self._ours
            )
        return self._made

    @property
    def tariff(self) -> Tariff:
        """How talk is billed."""
        return tariff(self._settings)

    def extension(self, handset: str) -> str:
        """What one dials to reach a handset."""
        return self._settings.text(f"handsets.{handset}.extension")

    def label(self, kind: str, name: str) -> str:
        """What people call a line or a handset."""
        return self._settings.text(f"{kind}s.{name}.name")

    def rings(self, handset: str) -> bool:
        """Whether a handset is to ring for callers from outside."""
        return self._settings.flag(f"handsets.{handset}.rings") and not self.undisturbed(handset)

    def undisturbed(self, handset: str) -> bool:
        """Whether a handset is not to ring for anybody."""
        return self._settings.flag(f"handsets.{handset}.do_not_disturb")

    def forwarded_to(self, handset: str) -> str:
        """What is dialled in place of a handset by those inside; "": itself."""
        return self._settings.text(f"handsets.{handset}.forward_to")

    def speed_dial(self, place: str) -> str:
        """The number in a place of the list, 1 to 9; "" where there is none."""
        numbers = [number.strip() for number in self._settings.text("dialing.speed_dial").split(",")]
        at = int(place) - 1 if place.isdigit() else -1
        return numbers[at] if 0 <= at < len(numbers) else ""

    def serves(self, line: str) -> bool:
        """Whether the box is to serve this line."""
        return self._settings.flag(f"lines.{line}.enabled")


def tariff(settings: Settings) -> Tariff:
    """How talk is billed, by the settings in force."""
    return Tariff(
        settings.whole("billing.increment_s"), settings.whole("billing.minimum_s"), settings.text("billing.rounding")
    )
