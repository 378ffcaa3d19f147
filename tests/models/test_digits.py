"""Telephone numbers out of what a decoder wrote."""

from __future__ import annotations

import pytest

from models.digits import of_text


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("Five, one, four. 555-0123.", "5145550123"),
        ("oh two double three", "0233"),
        ("One two triple nine.", "12999"),
        ("My number is five", None),
        ("fifty", None),
        ("double", None),
        ("", None),
    ],
)
def test_digits_of_a_text(text: str, digits: str | None) -> None:
    assert of_text(text) == digits
