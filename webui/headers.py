"""The headers that every answer carries.

Everything comes from the box itself and no script or style stands inside a page. `data:` images are Pico's own (ticks
and arrows inside its style sheet). There is no HSTS: with a self-made certificate it would lock people out of their own
box for as long as it lasts.
"""

from __future__ import annotations

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

_ALWAYS = (
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("X-Robots-Tag", "noindex, nofollow"),
)


def headers_for(path: str) -> list[tuple[str, str]]:
    """The headers of an answer at this address. Pages hold people's calls: no copy of them is kept; the page's own
    style and script may be, since their address changes with their content."""
    keep = "public, max-age=31536000, immutable" if path.startswith("/static/") else "no-store"
    return [*_ALWAYS, ("Cache-Control", keep)]
