"""Model files are believed by their SHA-256 alone, and what is wrong with one is said by its name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from models import files
from models.files import ModelError, content, table


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the committed models that may be spoilt."""
    copy = tmp_path / "shipped"
    shutil.copytree(files.SHIPPED, copy)
    monkeypatch.setattr(files, "SHIPPED", copy)
    return copy


def test_all_committed_files_are_right_and_small_enough() -> None:
    size = sum(len(content(name)) for name, row in table().items() if row.shipped)
    assert size < 60e6
    assert {row.shipped for row in table().values() if row.shipped} == {path.name for path in files.SHIPPED.iterdir()}


def test_every_file_says_its_licence_and_what_is_lost_without_it() -> None:
    assert all(row.licence and row.need for row in table().values())


def test_a_file_cut_short_is_refused_by_name(shipped: Path) -> None:
    file = shipped / table()["head_en_google"].shipped
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"head_en_google\.tflite: SHA-256 .*expected"):
        content("head_en_google")


def test_a_missing_file_is_named_with_the_way_to_get_it(shipped: Path) -> None:
    (shipped / table()["moonshine_encoder"].shipped).unlink()
    with pytest.raises(ModelError, match=r"moonshine_encoder\.tflite: No such file.*git checkout"):
        content("moonshine_encoder")


def test_the_model_card_names_every_source_as_the_help_page_does() -> None:
    card = (files.HERE / "cards" / "heads.md").read_text(encoding="utf-8")
    for source in files.sources():
        name, licence = source.name.split(" (")[0], source.licence.split(",")[0]
        assert all(word in card for word in name.replace(",", " ").split()), name
        assert licence.split(" ")[0].split("-")[0].lower() in card.lower(), licence
