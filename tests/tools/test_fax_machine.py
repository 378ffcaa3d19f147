"""The fax machine of scenarios: what it draws, and when two faxes are the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tools.scenario.fax_machine import WIDTH, alike, draw
from tools.scenario.load import load
from tools.scenario.source import SourceError

HEAD = 'name = "x"\n[[party]]\nname = "paul"\nline = "A"\nnumber = "5145550188"\n[[step]]\nwho = "paul"\n'


def test_a_letter_is_as_wide_as_a_fax_and_has_its_pages(tmp_path: Path) -> None:
    draw("Dear Anna,\nthis is it.\fPage two", tmp_path / "letter.tif")
    with Image.open(tmp_path / "letter.tif") as letter:
        assert (letter.width, getattr(letter, "n_frames", 0), letter.mode) == (WIDTH, 2, "1")
        assert letter.histogram()[0] > 200  # black dots: something stands there


def test_another_text_another_count_of_pages_and_a_page_that_is_missing_are_not_alike(tmp_path: Path) -> None:
    for name, pages in (("one", "Sign here\fPage 2"), ("two", "Sign there, please\fPage 2"), ("three", "Sign here")):
        draw(pages, tmp_path / f"{name}.tif")
    assert alike(tmp_path / "one.tif", tmp_path / "one.tif")
    assert not alike(tmp_path / "two.tif", tmp_path / "one.tif")
    assert not alike(tmp_path / "three.tif", tmp_path / "one.tif")


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("faxes = []", "expected 1 to 9 pages of text"),
        ('faxes = ["a", 3]', "expected 1 to 9 pages of text"),
        ('faxes = "a"', "expected 1 to 9 pages of text"),
        ('faxes = [" "]', "expected text of 1 to 2000 letters"),
        ('faxes = ["a"]\n[[expect]]\nfax = { picture = "anna" }', "picture: expected one of paul; found .*anna"),
        ('faxes = ["a"]\n[[expect]]\nfax = { colour = 3 }', "colour: "),
        ('faxes = ["a"]\nwithin = 3.0', "does not go with faxes"),
        ('says = "a"\nby_hand = true', "does not go with says"),
    ],
)
def test_what_is_wrong_about_a_fax_is_said(tmp_path: Path, step: str, words: str) -> None:
    (tmp_path / "fax.toml").write_text(f"{HEAD}{step}\n", encoding="utf-8")
    with pytest.raises(SourceError, match=words):
        load(tmp_path / "fax.toml")


def test_a_fax_machine_stands_behind_a_line(tmp_path: Path) -> None:
    text = HEAD.replace('line = "A"\nnumber = "5145550188"', 'handset = "C"') + 'faxes = ["a"]\n'
    (tmp_path / "fax.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match="is not for paul, a party with handset"):
        load(tmp_path / "fax.toml")
