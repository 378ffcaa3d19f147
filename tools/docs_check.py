"""``python -m tools.docs_check``: what the documentation names is there. Part of ``make check``.

In every Markdown file of the project: links and pictures to files lead somewhere, ``make`` targets exist, ``python -m``
modules exist, and paths in backquotes that begin with a folder of the project exist. A page that is made from a table,
or a part of one between marks, is as it would be made now. Prints one line a fault, with file and line. Exit codes: 0
all well, 1 faults.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from firmware.supervisor.assistant import card
from firmware.supervisor.control import listing
from tools import features

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("firmware", "drivers", "board", "models", "webui", "tools", "hardware", "tests", "docs")
MADE = {  # how, by what
    "docs/commands.md": ("python -m firmware.supervisor.assistant.card", card.markdown),
    "docs/features.md": ("python -m tools.features", features.markdown),
}
LISTING = "python -m firmware.supervisor.control.listing"
PARTS = {
    ("docs/architecture.md", "requests"): (LISTING, listing.markdown),
    ("docs/architecture.md", "events"): (f"{LISTING} events", listing.events),
}
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_MAKE = re.compile(r"`make ([a-z]+)\b[^`]*`|^make ([a-z]+)\b")
_MODULE = re.compile(r"python3? -m ([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*)")
_CODE = re.compile(r"`([^`\s]+)`")


def pages() -> list[Path]:
    """The project's Markdown files, as git knows them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split() if (ROOT / name).exists()]


def targets() -> set[str]:
    """The Makefile's targets."""
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def _module_exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _path_exists(page: Path, named: str) -> bool:
    if "*" in named:
        return any(ROOT.glob(named))
    return (ROOT / named).exists() or (page.parent / named).exists()


def faults(page: Path, known_targets: set[str]) -> Iterator[str]:
    """One sentence for each thing a page names that is not there."""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{page.relative_to(ROOT)}:{number}"
        for target in _LINK.findall(line):
            if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists():
                yield f"{where}: the link {target} leads nowhere"
        for found in _MAKE.finditer(line):
            target = found[1] or found[2]
            if target not in known_targets:
                yield f"{where}: the Makefile has no target {target}"
        for module in _MODULE.findall(line):
            if not _module_exists(module):
                yield f"{where}: there is no module {module}"
        for named in _CODE.findall(line):
            room = named.split("/")[0]
            if "/" in named and room in ROOMS and re.fullmatch(r"[\w./*-]+", named) and not _path_exists(page, named):
                yield f"{where}: there is no {named}"


def part(page: str, mark: str) -> str:
    """What stands between ``<!-- mark -->`` and ``<!-- /mark -->``; empty where the marks are missing."""
    found = re.search(rf"^<!-- {mark} -->\n(.*?)^<!-- /{mark} -->$", page, re.DOTALL | re.MULTILINE)
    return found[1] if found else ""


def outdated() -> Iterator[str]:
    """A sentence for each page, or part of one, that its table would make otherwise."""
    for name, (command, make) in MADE.items():
        if (ROOT / name).read_text(encoding="utf-8") != make():
            yield f"{name}: not what its table says; run: {command} > {name}"
    for (name, mark), (command, make) in PARTS.items():
        if part((ROOT / name).read_text(encoding="utf-8"), mark) != make():
            yield f"{name}: the part {mark} is not what its table says; put there what this prints: {command}"


def main() -> int:
    known = targets()
    found = [*(fault for page in pages() for fault in faults(page, known)), *outdated()]
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
