"""``python -m tools.password NAME``: a new password for somebody who has forgotten it, set by whoever is at the box.

Asks for it twice without showing it. While the box runs it is asked; a stopped box's database is written here. All of
that person's devices are signed out. Exit 0 good; 2 with one line that says what was expected.
"""

from __future__ import annotations

import getpass
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from firmware.control_client import BoxStopped, ControlClient, ControlError
from firmware.supervisor.settings.in_force import DATABASE_NAME, home_folder
from firmware.supervisor.store import audit, users
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import StoreError
from firmware.supervisor.store.reader import Reader
from webui.passwords import SHORTEST, Passwords, fault_of
from webui.sessions import Sessions
from webui.state import State
from webui.words import words

USAGE = "usage: python -m tools.password NAME"


def main(arguments: Sequence[str], ask: Callable[[str], str] = getpass.getpass) -> int:
    """Returns the exit status."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(USAGE, file=sys.stderr)
        return 2
    home, name = home_folder(), arguments[0]
    client = ControlClient(home / "run" / "control.sock")
    try:
        with Reader(home / DATABASE_NAME).snapshot(box_stopped=not client.running()) as connection:
            user = users.by_name(connection, name)
        if user is None:
            print(
                f"{name}: nobody of that name may log in; expected a name as it is typed at the log-in", file=sys.stderr
            )
            return 2
        password, again = ask("New password: "), ask("The same again: ")
        fault = fault_of(password, again)
        if fault is not None:
            print(words("en")(fault, n=SHORTEST), file=sys.stderr)
            return 2
        _set(home, client, user, Passwords().hash(password))
        state = State(home / "web")
        Sessions(state).end_others(user.id, but="")
        state.close()
    except (StoreError, ControlError, sqlite3.Error, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{user.name} has a new password and is signed out everywhere.")
    return 0


def _set(home: Path, client: ControlClient, user: users.User, kept: str) -> None:
    try:
        actor = {"user": user.id, "name": user.name, "role": user.role, "via": "command"}
        client.request("users.set_password", {"password_hash": kept}, actor=actor)
    except BoxStopped:
        database = Database(home / DATABASE_NAME)
        try:
            database.write(_store, user.id, kept).result()
        finally:
            database.stop()


def _store(connection: sqlite3.Connection, user: int, kept: str) -> None:
    users.set_password(connection, user, kept)
    now_ms = int(time.time() * 1000)
    audit.write(connection, at_ms=now_ms, who="command", action="set password", target=f"user:{user}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
