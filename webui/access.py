"""Routes and who may use them.

Every route names its access in its decorator; there is no default, so a forgotten one does not start. `Site` only
collects; `application.py` puts the guard (login, role, form token) around each when it mounts them.

| access | who |
| --- | --- |
| `public` | anybody in the LAN: log-in, help, the page's own style and script |
| `first_visit` | anybody, as long as no user exists; afterwards these routes send to the log-in |
| `user` | whoever is logged in |
| `admin` | logged in, with the role admin |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from webui.reply import Reply

Access = Literal["public", "first_visit", "user", "admin"]
Handler = Callable[..., "str | Reply"]


@dataclass(frozen=True)
class Route:
    """One address of the page.

    Attributes:
        quiet: asked by the page on its own (live updates); does not count as use of the session.
    """

    path: str
    method: Literal["GET", "POST"]
    access: Access
    quiet: bool
    handler: Handler


class Site:
    """The routes of one part of the page, in order."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def get(self, path: str, *, access: Access, quiet: bool = False) -> Callable[[Handler], Handler]:
        """A page that only shows. It changes nothing."""
        return self._collect(path, "GET", access, quiet)

    def post(self, path: str, *, access: Access) -> Callable[[Handler], Handler]:
        """A form's target. Its form token has been checked before the handler runs."""
        return self._collect(path, "POST", access, False)

    def _collect(
        self, path: str, method: Literal["GET", "POST"], access: Access, quiet: bool
    ) -> Callable[[Handler], Handler]:
        def keep(handler: Handler) -> Handler:
            self.routes.append(Route(path, method, access, quiet, handler))
            return handler

        return keep


def may(access: Access, role: str | None) -> bool:
    """Whether somebody with this role (None = not logged in) may use a route that any box offers."""
    if access in ("public", "first_visit"):
        return True
    return role == "admin" or (access == "user" and role == "user")
