"""The benchmark table: its form, its page, and what happens to the text around it."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
bench = importlib.import_module("tools.bench.__main__")
ROW = {"what": "a | b", "ours": 12.3456, "peer": None, "unit": "ms", "command": "x"}


def test_a_table_shows_what_is_not_known_as_a_dash() -> None:
    head, rule, line = bench.table([ROW]).splitlines()
    assert [cell.strip() for cell in head.strip("|").split("|")] == ["what", "ours", "peer", "unit", "command"]
    assert set(rule) <= set("|- ")
    assert line.replace("\\|", "/").split("|")[1:4] == [" a / b ", " 12.3 ", " -    "]


def test_several_peers_stand_in_one_cell_by_name() -> None:
    assert bench.cell({"minimodem": 97.0, "adsi_rx": None}) == "97 minimodem, - adsi_rx"
    assert bench.cell({}) == "-"


def test_writing_replaces_one_section_and_keeps_the_text_around_it() -> None:
    page = bench.written("# Page\n\nWords.\n", "link", [ROW])
    page = page.replace("## Link\n", "## Link\n\nWhy it matters.\n")
    again = bench.written(page, "link", [{**ROW, "ours": 99.0}])
    assert again.startswith("# Page\n\nWords.\n\n## Link\n\nWhy it matters.\n")
    assert "99" in again
    assert "12.3" not in again
    assert again.count("<!-- bench:link -->") == 1
    other = bench.written(again, "echo", [ROW])
    first_again = bench.written(other, "link", [{**ROW, "ours": 55.0}])
    assert "## Echo" in first_again
    assert "55" in first_again
    assert "99" in other
    assert "12.3" in other


def test_a_damaged_page_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match="has no"):
        bench.written("<!-- bench:link -->\nhalf", "link", [ROW])


def test_an_unknown_subject_is_refused_with_the_known_ones() -> None:
    asked = [sys.executable, "-m", "tools.bench", "nonsense"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no subject 'nonsense'" in done.stderr
    assert "prompts" in done.stderr
