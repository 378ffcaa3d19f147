"""The card of commands as a page: ``python -m firmware.supervisor.assistant.card > docs/commands.md``."""

from __future__ import annotations

from firmware.supervisor.assistant.commands import Command, table
from firmware.supervisor.rules.languages import LANGUAGES

HEAD = """\
# What can be said and pressed

Made from `firmware/supervisor/assistant/commands.toml` by `python -m firmware.supervisor.assistant.card >
docs/commands.md`; `make check` keeps it current. Several words or keys in a cell mean the same; the first word is the
card's. Where it says *not built yet*, words and keys are settled and nothing answers to them today. The box hears no
words yet: where it is built, it is by keys.
"""


def markdown() -> str:
    """docs/commands.md."""
    lines = [HEAD]
    for menu in table().menus.values():
        lines += [f"## {menu.title['en']}", ""]
        if not menu.built:
            lines += ["Not built yet.", ""]
        lines += ["| say | in French | press | to |", "| --- | --- | --- | --- |"]
        lines += [*map(_row, (*menu.commands, *menu.also)), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _row(command: Command) -> str:
    said = [", ".join(command.act.spoken[at].words) if command.act.spoken else "-" for at in LANGUAGES]
    press = " or ".join(f"`{key}`" for key in command.keys) or f"as for *{command.by_key}*"
    return f"| {' | '.join(said)} | {press} | {command.does['en']} |"


if __name__ == "__main__":
    print(markdown(), end="")
