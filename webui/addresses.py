"""Addresses of our own pages: numbers in a path, query strings put together."""

from __future__ import annotations

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
