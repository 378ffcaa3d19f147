"""Help: for everybody, with the licences of what the box listens with."""

from __future__ import annotations

from html import unescape

from models.files import sources, table
from tests.webui.conftest import Browser


def test_every_model_and_source_stands_there_with_its_licence(browser: Browser) -> None:
    text = unescape(browser.get("/help").text)
    told = [(row.name, row.licence) for row in table().values()] + [(row.name, row.licence) for row in sources()]
    for name, licence in told:
        assert f"<dt>{name}</dt><dd>{licence}</dd>" in text, name
