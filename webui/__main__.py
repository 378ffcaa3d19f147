"""`python -m webui --home DIR [--host H] [--port P] [--demo-board PATH]`: the page as its own process.

Prints one line with its address when it is ready, and one with the code of the first visit while nobody owns the box.
Exit 2 when the settings file or the address cannot be used.
"""

from __future__ import annotations

import argparse
import logging
import sqlite3
import sys
from pathlib import Path

from firmware.supervisor.settings.in_force import Settings, home_folder
from firmware.supervisor.settings.schema import SettingsError
from webui.box import Box
from webui.certificate import certificate
from webui.first_code import FirstCode
from webui.live import Live
from webui.passwords import Passwords
from webui.saved_filters import SavedFilters
from webui.server import Server
from webui.sessions import Sessions
from webui.state import State
from webui.throttle import Throttle
from webui.web import Web


def main(arguments: list[str] | None = None) -> int:
    """Runs the page until it is told to stop; returns the exit status."""
    asked = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="webui: %(message)s")
    try:
        settings = Settings.load(asked.home)
    except SettingsError as error:
        print(f"webui: {error}", file=sys.stderr)
        return 2
    host = asked.host or settings.text("web.host")
    port = settings.whole("web.port") if asked.port is None else asked.port
    folder = asked.home / "web"
    try:
        state = State(folder)
        made = certificate(folder, host)
    except (OSError, sqlite3.Error) as error:
        why = error.strerror or error if isinstance(error, OSError) else error
        print(f"webui: {folder}: {why}; expected a folder that can be written", file=sys.stderr)
        return 2
    box = Box(asked.home)
    web = Web(
        box=box,
        live=Live(box.client),
        state=state,
        sessions=Sessions(state),
        throttle=Throttle(state),
        passwords=Passwords(),
        names=made.names,
        first_code=FirstCode(folder),
        filters=SavedFilters(state),
        country=settings.text("box.country"),
        fingerprint=made.fingerprint,
        board=asked.demo_board,
    )
    try:
        server = Server(web, made, host, port)
    except OSError as error:
        print(
            f"webui: cannot listen on {host} port {port}: {error}; "
            f"set web.port in {asked.home / 'frontdesk.toml'} to a free one",
            file=sys.stderr,
        )
        return 2
    shown = "localhost" if host in ("0.0.0.0", "::", "127.0.0.1") else host
    said = f"webui: https://{shown}:{server.port}/ (certificate {made.fingerprint[:23]}...)"
    if box.first_visit_is_open():
        said += f"\nfirst visit code: {web.first_code.code}"
    print(said, flush=True)  # at once: who reads the address may look for the code
    server.serve()
    state.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m webui", description="Frontdesk's page, over HTTPS.")
    parser.add_argument("--home", type=Path, default=home_folder(), help="where the box keeps everything it owns")
    parser.add_argument("--host", help="address to listen on (default: web.host of the settings)")
    parser.add_argument("--port", type=int, help="port to listen on, 0 takes a free one (default: web.port)")
    parser.add_argument("--demo-board", type=Path, metavar="PATH", help="socket of a virtual board, for demo calls")
    return parser


if __name__ == "__main__":
    sys.exit(main())
