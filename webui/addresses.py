"""Addresses: of our own pages (numbers in a path, query strings put together), and of browsers."""

from __future__ import annotations

import ipaddress
from urllib.parse import parse_qsl, urlencode, urlsplit

from firmware.supervisor.store.errors import NotFound


def number_in(text: str) -> int:
    """The row number in a path. Raises NotFound for what is none (so does a number no row can have)."""
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise NotFound(text)
    return int(text)


def with_query(address: str, **change: str | int) -> str:
    """The address with these query fields changed; empty ones and a first page are left out."""
    parts = urlsplit(address)
    fields = dict(parse_qsl(parts.query)) | {name: str(value) for name, value in change.items()}
    kept = {name: value for name, value in fields.items() if value and (name, value) != ("page", "1")}
    return f"{parts.path}?{urlencode(kept)}" if kept else parts.path


def place_of(address: str) -> str:
    """Whom a browser's address counts for: itself, or the /64 that one machine has for itself with IPv6."""
    try:
        known = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address
    if known.version == 4:
        return str(known)
    return str(known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False))


def is_called(host: str, names: frozenset[str]) -> bool:
    """Whether a `Host` header means us: one of our names, or an address, under which no other site can stand."""
    name = urlsplit(f"//{host}").hostname if host.isascii() and host.isprintable() else None
    if name is None:
        return False
    try:
        ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return name.rstrip(".") in names
    return True
