"""The filter of the Time page: one set of fields for the list, its forms and its files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.supervisor.store.queries_time import EVER_MS, SHOWS, Show, TimeFilter
from webui.fields import Fields
from webui.periods import Period, asked_period

if TYPE_CHECKING:
    from webui.visit import Visit

ALL = "all"
_USUAL_PERIOD, _USUAL_SHOW = "month", "open"


@dataclass(frozen=True)
class Asked:
    """What the reader asked for. ``export``: the entries of one export, whatever their period; 0: not asked."""

    period: Period
    client: str
    user: int
    show: str
    export: int
    wanted: TimeFilter

    @property
    def query(self) -> dict[str, str]:
        """The fields for a link that keeps this filter."""
        dates = self.period.name == "dates"
        return {
            "period": "" if self.period.name == _USUAL_PERIOD or self.export else self.period.name,
            "since": self.period.since if dates else "",
            "until": self.period.until if dates else "",
            "client": self.client,
            "user": str(self.user) if self.user else "",
            "show": "" if self.show == _USUAL_SHOW or self.export else self.show,
            "export": str(self.export) if self.export else "",
        }


def asked(given: Fields, visit: Visit) -> Asked:
    """Reads the filter from an address or a form; what is not one of the choices counts as not asked for."""
    period = asked_period(given, visit.now, _USUAL_PERIOD)
    client, user = given.text("client", 80), given.whole("user", 0, 0, 10**11)
    show = given.choice("show", (ALL, *SHOWS), _USUAL_SHOW)
    export = given.whole("export", 0, 0, 10**11)
    shown: Show = next((known for known in SHOWS if known == show), "")
    wanted = TimeFilter(
        mailbox=visit.log_of,
        since_ms=0 if export else period.since_ms or 0,
        until_ms=EVER_MS if export else period.until_ms or EVER_MS,
        client=client,
        user=user or None,
        show="" if export else shown,
        export=export or None,
    )
    return Asked(period, client, user, show, export, wanted)
