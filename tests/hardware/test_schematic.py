"""The schematic: kept up to date, well formed, with every part, pin and net of the tables."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from hardware import schematic, tables

KEPT = Path(schematic.__file__).with_name("schematic.svg")


def test_the_kept_picture_is_what_the_tables_give() -> None:
    assert KEPT.read_text() == schematic.svg(), "run: python -m hardware.schematic > hardware/schematic.svg"


def test_every_part_is_in_the_picture_inside_its_frame() -> None:
    root = ElementTree.fromstring(schematic.svg())
    words = [element for element in root.iter() if element.tag.endswith("text")]
    shown = " ".join(element.text or "" for element in words).split()
    for ref in tables.parts():
        assert ref in shown, ref
    for element in words:
        assert 0 <= float(element.attrib["x"]) <= float(root.attrib["width"])
        assert 0 <= float(element.attrib["y"]) <= float(root.attrib["height"])


def test_references_stand_in_the_order_people_read_them() -> None:
    assert sorted(["C10", "C2", "C1A", "R1", "C1B"], key=schematic.order) == ["C1A", "C1B", "C2", "C10", "R1"]
    with pytest.raises(tables.TableError, match="'7X' is no reference"):
        schematic.order("7X")
