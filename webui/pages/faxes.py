"""Faxes: open the PDF, download the TIFF, mark, delete with undo. They are listed on Messages and on a call's page.

A file's name comes from the store alone; what is asked for in the address is only a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from firmware.supervisor.store.errors import NotFound
from firmware.supervisor.store.faxes import FaxRow, one_fax
from firmware.supervisor.store.mailbox import FAXES
from webui.access import Site
from webui.addresses import number_in
from webui.formats import local
from webui.pages.kept import kept_routes
from webui.reply import Reply
from webui.visit import Visit

site = Site()

_BLOCK = 65_536


@site.get("/faxes/<number:re:[0-9]+>.pdf", access="user")
def pdf(visit: Visit, number: str) -> Reply:
    return _file(visit, number, ".pdf", "application/pdf", "inline")


@site.get("/faxes/<number:re:[0-9]+>.tif", access="user")
def tiff(visit: Visit, number: str) -> Reply:
    return _file(visit, number, ".tif", "image/tiff", "attachment")


def _mine(visit: Visit, number: str) -> FaxRow:
    """The fax, if it lies in the user's own mailbox. Raises NotFound."""
    return one_fax(visit.db, number_in(number), mailbox=visit.me.mailbox)


def _file(visit: Visit, number: str, suffix: str, kind: str, shown: str) -> Reply:
    fax = _mine(visit, number)
    folder = visit.web.box.faxes.resolve()
    path = (folder / fax.path).with_suffix(suffix).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise NotFound(f"fax {number}")
    visit.note("open fax" if shown == "inline" else "download", f"fax:{fax.id}")
    name = f"{local(fax.received_ms, fax.utc_offset_min):%Y-%m-%d %H.%M} fax{suffix}"
    headers = [
        ("Content-Type", kind),
        ("Content-Disposition", f'{shown}; filename="{name}"'),
        ("Content-Length", str(path.stat().st_size)),
    ]
    return Reply(_blocks(path), headers=headers)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


kept_routes(site, FAXES, _mine, undo="fax_deleted")
