"""docs/settings.md, made from the schema."""

from __future__ import annotations

import json

from firmware.supervisor.settings.schema import SCHEMA


def as_markdown() -> str:
    """docs/settings.md: every setting, by its home."""
    lines = [
        "# Settings",
        "",
        "Made from `firmware/supervisor/settings/schema.py` by `python -m firmware.supervisor.settings --markdown >",
        "docs/settings.md`; a test keeps it current. `python -m firmware.supervisor.settings` prints what is in force.",
    ]
    for home, title, text in _HOMES:
        lines += [
            "",
            f"## {title}",
            "",
            *text,
            "",
            "| key | value | default | what it does | where |",
            "|" + " --- |" * 5,
        ]
        for declared in SCHEMA.values():
            if declared.home == home:
                expected = declared.expected().replace("|", "\\|")
                default = json.dumps(declared.default, ensure_ascii=False)
                lines.append(f"| `{declared.key}` | {expected} | `{default}` | {declared.doc} | {declared.shown} |")
    return "\n".join(lines) + "\n"


_HOMES = (
    (
        "file",
        "In the file",
        (
            "`$FRONTDESK_HOME/frontdesk.toml`, read at the start; a key is a table's entry: `box.country` is `country`",
            "under `[box]`. An unknown key stops the start and names the nearest one.",
        ),
    ),
    (
        "page",
        "On the page",
        (
            "Kept in the database. In the file they may stand under `[first_boot]` only, which fills an empty database",
            "once: `[first_boot.answering]` with `rings = 3`. Later they are changed on the Settings page, or by",
            "`python -m tools.settings KEY VALUE` at the box (`python -m tools.settings` lists them).",
        ),
    ),
)
