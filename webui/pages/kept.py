"""What can be done with anything that lies in a mailbox, a message or a fax: mark, delete with undo or for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from firmware.supervisor.store.mailbox import MARKS, Kind
from webui.access import Site
from webui.addresses import with_query
from webui.reply import Reply, see_other
from webui.visit import Visit


class Row(Protocol):
    """Whatever has an id."""

    @property
    def id(self) -> int: ...


def kept_routes(site: Site, kind: Kind, mine: Callable[[Visit, str], Row], undo: str) -> None:
    """Adds the addresses `/TABLE/NUMBER/state`, `/delete`, `/restore` and `/destroy` to a site.

    Args:
        mine: finds the row by the number in the address, in the user's own mailbox. Raises NotFound.
        undo: the field of the next address that makes the page offer to take a delete back.
    """
    table = kind.table

    @site.post(f"/{table}/<number>/state", access="user")
    def mark(visit: Visit, number: str) -> Reply:
        row = mine(visit, number)
        state = visit.form.choice("state", MARKS)
        if not state:
            raise ValueError(f"state: expected one of {', '.join(MARKS)}")
        visit.ask(f"{table}.mark", id=row.id, state=state)
        return _back(visit)

    @site.post(f"/{table}/<number>/delete", access="user")
    def delete(visit: Visit, number: str) -> Reply:
        row = mine(visit, number)
        visit.ask(f"{table}.delete", id=row.id)
        return _back(visit, **{undo: row.id})

    @site.post(f"/{table}/<number>/restore", access="user")
    def restore(visit: Visit, number: str) -> Reply:
        visit.ask(f"{table}.restore", id=mine(visit, number).id)
        return _back(visit)

    @site.post(f"/{table}/<number>/destroy", access="user")
    def destroy(visit: Visit, number: str) -> Reply:
        """What is deleted goes for good."""
        visit.ask(f"{table}.destroy", id=mine(visit, number).id)
        return _back(visit)


def _back(visit: Visit, **change: int) -> Reply:
    """To the page that the form stood on, without an older undo."""
    return see_other(with_query(visit.form.text("back", 300) or "/messages", **change))
