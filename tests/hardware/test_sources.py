"""Every row of the board's tables says where it comes from, and what is still to be checked stands in the README."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from hardware import sources, tables

ROOT = Path(__file__).resolve().parents[2]
STUDY = ROOT.parent / "shared" / "reference" / sources.REFERENCE

needs_study = pytest.mark.skipif(not STUDY.exists(), reason=f"{STUDY} is not on this machine")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tables, to be spoilt."""
    for name in sources.TABLES:
        shutil.copy(tables.FOLDER / name, tmp_path)
    monkeypatch.setattr(sources, "FOLDER", tmp_path)
    return tmp_path


def sections(text: str) -> dict[str, str]:
    """Number -> text of the study's sections and of their parts."""
    found = re.split(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", text, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def test_every_row_has_a_source() -> None:
    rows = list(sources.rows())
    assert {row.table for row in rows} == set(sources.TABLES)
    assert len(rows) == sum(
        len((tables.FOLDER / name).read_text(encoding="utf-8").splitlines()) - 1 for name in sources.TABLES
    )


@pytest.mark.parametrize(
    "source", ["", "known", "hardware.md", "to check before layout: ", "hardware.md 7.2; somewhere"]
)
def test_a_row_without_a_source_is_named_with_its_line(folder: Path, source: str) -> None:
    path = folder / "netlist.csv"
    path.write_text(path.read_text().replace("5V_PI,J1,4,hardware.md 7.2", f"5V_PI,J1,4,{source}"))
    with pytest.raises(sources.SourceError, match=r"netlist\.csv:3: source is .*, expected one of hardware\.md"):
        list(sources.rows())


def test_the_readme_lists_what_is_to_be_checked() -> None:
    readme = (tables.FOLDER / "README.md").read_text(encoding="utf-8")
    listed = readme.partition("## To check before layout\n")[2].splitlines()
    assert [line for line in listed if line.startswith("- ")] == sources.listing()


def test_a_new_thing_to_check_is_in_the_list_with_its_part(folder: Path) -> None:
    path = folder / "bom.csv"
    path.write_text(
        path.read_text().replace(
            "R1,0402 resistor,3.9k,pull-up,2,,,hardware.md 7.8",
            "R1,0402 resistor,3.9k,pull-up,2,,,to check before layout: its colour",
        )
    )
    assert "- its colour: R1" in sources.listing()


@needs_study
def test_the_study_has_the_sections_that_are_named() -> None:
    start = f"{sources.REFERENCE} "
    named = {one.removeprefix(start) for row in sources.rows() for one in row.sources if one.startswith(start)}
    assert named and named <= sections(STUDY.read_text(encoding="utf-8")).keys()


@needs_study
def test_a_part_that_is_said_to_be_the_studys_stands_in_its_section() -> None:
    """By its maker's number, to the length of a name; a resistor or capacitor by its value."""
    study = sections(STUDY.read_text(encoding="utf-8"))
    parts = tables.parts()
    looked_at = 0
    for row in sources.rows():
        if (
            row.table != "bom.csv"
            or len(row.sources) > 1
            or row.sources[0] not in ("hardware.md 7.1", "hardware.md 7.8")
        ):
            continue
        part = parts[row.ref]
        text = study[row.sources[0].split()[1]]
        wanted = [part.part[:6]]  # INA226AIDGSR is the study's INA226
        if part.part.startswith("0402"):
            wanted = [part.value, part.value.replace(".", "k", 1).removesuffix("k"), f"R{part.value}"]
        assert any(one in text for one in wanted) or part.part in ("jumper", "test point"), (row, part)
        looked_at += 1
    assert looked_at > 50


@needs_study
def test_the_headers_pins_are_those_of_the_studys_map() -> None:
    """7.2 names GPIO and header pin of each net; the tables agree."""
    text = sections(STUDY.read_text(encoding="utf-8"))["7.2"]
    mapped: dict[str, str] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and re.fullmatch(r"[\d,/ ]+", cells[0]):
            mapped |= dict(zip(re.split(r" *[,/] *", cells[0]), re.split(r" *[,/] *", cells[1]), strict=True))
    ours = {str(pin.gpio): str(pin.number) for pin in tables.pins() if pin.ref == tables.PI and "GPIO" in pin.name}
    assert len(mapped) > 18
    assert mapped == {gpio: ours[gpio] for gpio in mapped}
