"""Every check that the supervisor makes has a name in every language of the page."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from firmware import supervisor

WORDS = sorted((Path(__file__).parents[2] / "webui" / "words").glob("*.toml"))


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.stem)
def test_every_check_has_a_name(path: Path) -> None:
    files = [file.read_text() for file in Path(supervisor.__file__).parent.rglob("*.py")]
    source = "\n".join(text for text in files if re.search(r"import .*\bcheck\b", text))
    named = set(re.findall(r'check\(\s*"([^"]+)"', source)) | set(re.findall(r'name = "([^"]+)"', source))
    wanted = named | {"Line A", "Line B", "Handset C", "Handset D"}
    assert {"HAT", "Lifeline", "Echo canceller", "Fax", "Database", "Backup"} <= wanted
    assert wanted <= tomllib.loads(path.read_text())["check"].keys()
