"""The table of features says nothing of scenarios that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.features import Feature, features, markdown


def written(tmp_path: Path, row: str) -> Path:
    path = tmp_path / "features.toml"
    path.write_text(f'[[feature]]\nfeature = "Fax in"\n{row}\n', encoding="utf-8")
    return path


def test_the_table_of_this_project_is_whole() -> None:
    rows = features()
    assert {f"N{number}" for number in range(1, 27)} == {row.id for row in rows if row.id}
    assert all(f"| {row.feature} | " in markdown() for row in rows)


def test_a_row_is_read_as_it_stands(tmp_path: Path) -> None:
    path = written(tmp_path, 'now = "partly"\nsays = "G3"\nscenarios = ["message-left"]\npages = ["Calls"]')
    assert features(path) == [Feature("Fax in", "partly", "G3", ("message-left",), ("Calls",))]
    assert features(path)[0].cells() == ["Fax in", "partly; G3", "`tests/scenarios/message-left.toml`", "Calls"]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ('now = "soon"', "now: expected one of yes, partly, not yet, no, not soon"),
        ('now = "yes"\nscenarios = ["nowhere"]', "scenarios: there is no tests/scenarios/nowhere.toml"),
        ('now = "yes"', "expected a scenario or a page"),
        ('now = "no"', "says: expected how far, when or why not"),
        ('now = "not yet"\npage = "Calls"', "not page"),
        ('says = "G3"', "expected feature, now"),
        ('now = "not yet"\n[[feature]]\nfeature = "Fax in"\nnow = "not yet"', "Fax in: expected once"),
    ],
)
def test_a_row_that_is_wrong_is_named(tmp_path: Path, row: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as error:
        features(written(tmp_path, row))
    assert "Fax in" in str(error.value)
