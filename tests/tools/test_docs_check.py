"""The documentation check finds what is named and not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import docs_check


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(docs_check, "ROOT", tmp_path)
    (tmp_path / "Makefile").write_text("run: setup\n\t@true\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "there.md").write_text("")
    return tmp_path / "page.md"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("see [it](docs/gone.md)", "page.md:1: the link docs/gone.md leads nowhere"),
        ("![it](docs/gone.png)", "docs/gone.png"),
        ("then `make walk`", "no target walk"),
        ("make walk", "no target walk"),
        ("`.venv/bin/python -m tools.gone --now`", "no module tools.gone"),
        ("in `docs/gone.md`", "there is no docs/gone.md"),
    ],
)
def test_what_is_not_there_is_told_with_its_line(line: str, says: str, page: Path) -> None:
    page.write_text(line)
    (fault,) = docs_check.faults(page, docs_check.targets())
    assert says in fault


def test_what_is_there_is_left_alone(page: Path) -> None:
    page.write_text(
        "[it](docs/there.md#part) [out](https://example.org/x) `make run` `python -m tools.docs_check`\n"
        "`docs/there.md` `docs/*.md` `and/or` make sense of it\n"
    )
    assert list(docs_check.faults(page, docs_check.targets())) == []


def test_a_part_of_a_page_is_as_its_table_makes_it(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs_check, "MADE", {})
    monkeypatch.setattr(docs_check, "PARTS", {("page.md", "acts"): ("make run", lambda: "| one |\n")})
    page.write_text("before\n<!-- acts -->\n| one |\n<!-- /acts -->\nafter\n")
    assert list(docs_check.outdated()) == []
    for stale in ("<!-- acts -->\n| two |\n<!-- /acts -->\n", "no marks\n| one |\n"):
        page.write_text(stale)
        (fault,) = docs_check.outdated()
        assert "page.md: the part acts" in fault and "make run" in fault
