"""Form tokens: every POST carries one, so that another site's page cannot send a form in the user's name.

The token is an HMAC over the browser's own cookie (session, or visitor before the log-in) with the box's key: nothing
is kept on the server, and a token of one browser is worthless in another.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

FIELD = "form_token"


def token_for(secret: bytes, identity: str) -> str:
    """The token for forms shown to the browser with this cookie."""
    return hmac.new(secret, b"form:" + identity.encode(), hashlib.sha256).hexdigest()


def accepts(secret: bytes, identity: str | None, token: str, origin: str | None, host: str) -> bool:
    """Whether a POST may go on: the token belongs to the cookie, and the browser names no other site as its origin."""
    if not identity or not hmac.compare_digest(token_for(secret, identity).encode(), token.encode()):
        return False
    return origin is None or urlsplit(origin).netloc == host
