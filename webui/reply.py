"""What a handler answers when a page's text alone is not enough: a status, headers, cookies, a stream."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

# The name's prefix makes browsers insist on Secure, path / and no domain.
SESSION_COOKIE = "__Host-frontdesk"
VISITOR_COOKIE = "__Host-visitor"
DEVICE_COOKIE = "__Host-device"
"""Which name has logged in here before, signed: it passes the wait that strangers' wrong tries brought that name."""
LANGUAGE_COOKIE = "__Host-language"


@dataclass
class Reply:
    """A status with headers and a body; bodies that are not text come as an iterable of bytes."""

    body: str | Iterable[bytes] = ""
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)

    def cookie(self, name: str, value: str, keep_s: int | None = None) -> Reply:
        """Sets a cookie (until the browser closes, or for `keep_s` seconds; 0 takes it away)."""
        parts = [f"{name}={value}", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"]
        if keep_s is not None:
            parts.append(f"Max-Age={keep_s}")
        self.headers.append(("Set-Cookie", "; ".join(parts)))
        return self


def see_other(place: str) -> Reply:
    """Sends the browser to another page of ours with GET. `place` begins with one slash."""
    if not place.startswith("/") or place.startswith("//") or "\\" in place or any(ord(c) < 33 for c in place):
        place = "/"
    return Reply(status=303, headers=[("Location", place)])
