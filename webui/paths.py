"""Where the box keeps what it owns (`$FRONTDESK_HOME`), as far as the page reads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """The files and sockets of one box."""

    home: Path

    @property
    def database(self) -> Path:
        return self.home / "frontdesk.db"

    @property
    def recordings(self) -> Path:
        return self.home / "recordings"

    @property
    def control(self) -> Path:
        return self.home / "run" / "control.sock"

    @property
    def web(self) -> Path:
        return self.home / "web"
