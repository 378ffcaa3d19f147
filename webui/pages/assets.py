"""The page's own style, script, icons and what is vendored: read once, served with an address that names it."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from firmware.supervisor.store.errors import NotFound
from webui.access import Site
from webui.reply import Reply
from webui.visit import Visit

site = Site()

_FOLDER = Path(__file__).parent.parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@functools.cache
def files() -> dict[str, tuple[str, bytes, str]]:
    """Name -> (address, content, type) of everything in static/ that a browser may have."""
    found: dict[str, tuple[str, bytes, str]] = {}
    for path in sorted(_FOLDER.rglob("*")):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            mark = hashlib.sha256(content).hexdigest()[:12]
            found[path.name] = (f"/static/{mark}/{path.name}", content, _TYPES[path.suffix])
    return found


def address(name: str) -> str:
    """Where the browser finds a static file; changes with its content, so that it may be kept for ever."""
    return files()[name][0]


@site.get("/static/<mark>/<name>", access="public", quiet=True)
def static(visit: Visit, mark: str, name: str) -> Reply:
    where, content, kind = files().get(name, ("", b"", ""))
    if where != f"/static/{mark}/{name}":
        raise NotFound(name)
    return Reply([content], headers=[("Content-Type", kind), ("Content-Length", str(len(content)))])


@site.get("/favicon.ico", access="public", quiet=True)
def favicon(visit: Visit) -> Reply:
    return Reply(status=302, headers=[("Location", address("icon.svg"))])
