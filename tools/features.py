"""``python -m tools.features``: the table of features, made from ``docs/features.toml``. Prints ``docs/features.md``.

A row: ``feature``, as the catalogue of hosted virtual assistants names it; ``now``: "yes", "partly", "not yet" or "no";
``says``: how far, or why not; ``scenarios``: the calls that prove it, by their names in ``tests/scenarios``; ``pages``:
where it is seen, in the page's own words; ``id`` of the newer rows (N1 to N26: what the best of 2026 have beside the
catalogue).
Raises ``ValueError`` where a row is wrong, with its feature, the field and what was expected.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs" / "features.toml"
SCENARIOS = ROOT / "tests" / "scenarios"
NOW = ("yes", "partly", "not yet", "no")
_HEAD = """\
# Features

One row for each feature of the catalogue this box is measured by (hosted "virtual assistant" services), made from
`docs/features.toml`. "now" is what the code of this commit does; a row that says "not yet" is planned, one that says
"no" says why. The scenario is the call that proves it, played by `make test`.

| feature | now | scenario | page |
| --- | --- | --- | --- |
"""
_NEWER = """
## What the best of 2026 have beside it

| row | feature | now | scenario | page |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Feature:
    """One row; see the module."""

    feature: str
    now: str
    says: str = ""
    scenarios: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    id: str = ""

    def cells(self) -> list[str]:
        """As the table shows it."""
        says = f"{self.now}; {self.says}" if self.says else self.now
        calls = ", ".join(f"`tests/scenarios/{name}.toml`" for name in self.scenarios)
        return [*([self.id] if self.id else []), self.feature, says, calls or "-", ", ".join(self.pages) or "-"]


def features(table: Path = TABLE) -> list[Feature]:
    """The rows, checked. Raises ValueError, OSError."""
    rows = tomllib.loads(table.read_text(encoding="utf-8"))["feature"]
    found = [_feature(table, row) for row in rows]
    names = [one.feature for one in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{table}: {', '.join(sorted(twice))}: expected once")
    return found


def markdown() -> str:
    """``docs/features.md`` as the table says it."""
    rows = features()
    return _HEAD + _lines(row for row in rows if not row.id) + _NEWER + _lines(row for row in rows if row.id)


def _feature(table: Path, row: dict[str, object]) -> Feature:
    where = f"{table}: {row.get('feature', row)}"
    unknown = set(row) - set(Feature.__dataclass_fields__)
    if unknown or not {"feature", "now"} <= set(row):
        raise ValueError(
            f"{where}: expected {', '.join(Feature.__dataclass_fields__)}, not {', '.join(sorted(unknown))}"
        )
    lists = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    made = Feature(**lists)  # type: ignore[arg-type]
    if made.now not in NOW:
        raise ValueError(f"{where}: now: expected one of {', '.join(NOW)}, not {made.now}")
    for name in made.scenarios:
        if not (SCENARIOS / f"{name}.toml").exists():
            raise ValueError(f"{where}: scenarios: there is no tests/scenarios/{name}.toml")
    if made.now in ("yes", "partly") and not (made.scenarios or made.pages):
        raise ValueError(f"{where}: expected a scenario or a page of what is there")
    if made.now in ("partly", "no") and not made.says:
        raise ValueError(f"{where}: says: expected how far, when or why not")
    return made


def _lines(rows: Iterable[Feature]) -> str:
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row.cells()) + " |\n" for row in rows)


if __name__ == "__main__":
    sys.stdout.write(markdown())
