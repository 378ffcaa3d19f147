"""Unix sockets of the board: a stale one is replaced, and only this user may connect."""

from __future__ import annotations

import socket
from pathlib import Path


def listen(path: Path, clients: int) -> socket.socket:
    """A socket that listens on ``path``, mode 0600. Raises OSError, naming the path, when there cannot be one."""
    try:
        path.unlink(missing_ok=True)
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            server.bind(str(path))
            path.chmod(0o600)
            server.listen(clients)
        except OSError:
            server.close()
            raise
    except OSError as error:
        raise OSError(f"{path}: {error.strerror or error}") from error
    return server


def somebody_listens(path: Path) -> bool:
    """Whether a connection to ``path`` is taken; not for a lockstep socket, which would take the asker for a Pi."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
        return True
