"""``python -m tools.walk``: walks every dialog; prints states, edges and what is wrong. Exit 1 if anything is."""

from __future__ import annotations

import sys

from firmware.supervisor.assistant.commands import menu
from tools.walk.dialogs import DIALOGS, Walked
from tools.walk.explore import Walk, explore


def walked(of: Walked) -> Walk:
    """The walk of one dialog against the command table."""
    acts = {name: {command.act.label for command in menu(name).commands} - set(of.planned) for name in of.menus}
    return explore(of.dialog, acts, of.prompts)


def main() -> int:
    wrong = False
    for name, dialog in DIALOGS.items():
        walk = walked(dialog)
        print(f"{name}: {walk.states} states, {walk.answers} edges")
        for fault in walk.faults:
            print(f"  {fault}")
        wrong = wrong or bool(walk.faults)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
