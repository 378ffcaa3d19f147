"""``python -m firmware.supervisor.settings``: the settings in force, as TOML with their source or as JSON."""

from __future__ import annotations

import argparse
import json
import sys

from firmware.supervisor.settings.in_force import DATABASE_NAME, Settings, home_folder
from firmware.supervisor.settings.markdown import as_markdown
from firmware.supervisor.settings.schema import SCHEMA, SettingsError
from firmware.supervisor.store.errors import Unreadable
from firmware.supervisor.store.reader import Reader
from firmware.supervisor.store.settings_table import stored_settings


def main(arguments: list[str] | None = None) -> int:
    """Print the settings in force as TOML with their source, or as JSON. Exit 2 when the file is wrong."""
    parser = argparse.ArgumentParser(prog="firmware.supervisor.settings", description="Print the settings in force.")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON: key -> value, source")
    form.add_argument("--markdown", action="store_true", help="print docs/settings.md from the schema")
    options = parser.parse_args(arguments)
    if options.markdown:
        print(as_markdown(), end="")
        return 0
    home = home_folder()
    try:
        settings = Settings.load(home)
        database = home / DATABASE_NAME
        if database.exists():
            with Reader(database).snapshot(box_stopped=True) as connection:
                for complaint in settings.accept_stored(stored_settings(connection)):
                    print(f"{database}: {complaint}; the default is in force", file=sys.stderr)
    except (SettingsError, Unreadable) as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({key: dict(zip(("value", "source"), settings.source(key), strict=True)) for key in SCHEMA}))
        return 0
    for key in SCHEMA:
        value, source = settings.source(key)
        print(f"{key} = {json.dumps(value, ensure_ascii=False):<24} # {source}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
