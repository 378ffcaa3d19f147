"""Every check that the supervisor makes has a name in every language of the page."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from firmware.supervisor import status

WORDS = sorted((Path(__file__).parents[2] / "webui" / "words").glob("*.toml"))


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.stem)
def test_every_check_has_a_name(path: Path) -> None:
    source = Path(status.__file__).read_text()
    named = set(re.findall(r'_check\(\s*"([^"]+)"', source)) | set(re.findall(r'name = "([^"]+)"', source))
    wanted = named | {"Line A", "Line B", "Handset C", "Handset D"}
    assert {"HAT", "Lifeline", "Echo canceller", "Fax"} <= wanted
    assert wanted <= tomllib.loads(path.read_text())["check"].keys()
