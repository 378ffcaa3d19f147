"""Every check that the supervisor makes has a name and its words in every language of the page."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from firmware import supervisor
from firmware.supervisor.health import check
from webui.health_words import told
from webui.words import words

WORDS = sorted((Path(__file__).parents[2] / "webui" / "words").glob("*.toml"))


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.stem)
def test_every_check_has_a_name(path: Path) -> None:
    files = [file.read_text() for file in Path(supervisor.__file__).parent.rglob("*.py")]
    source = "\n".join(text for text in files if re.search(r"import .*\bcheck\b", text))
    named = set(re.findall(r'check\(\s*"([^"]+)"', source)) | set(re.findall(r'name = "([^"]+)"', source))
    wanted = named | {"Line A", "Line B", "Handset C", "Handset D"}
    assert {"HAT", "Lifeline", "Echo canceller", "Fax", "Database", "Backup"} <= wanted
    assert wanted <= tomllib.loads(path.read_text())["check"].keys()


BY_NAME_ALONE = {  # those whose name is put together where they are made
    *("Line.ok", "Line.off", "Line.fault", "Line.dead", "Line.slow", "Handset.slow", "Handset.fault"),
    *("Lifeline.ok", "Lifeline.warn", "Lifeline.pins", "Lifeline.fault", "Echo canceller.ok", "Echo canceller.warn"),
    *("Database.fault", "Disk.warn", "Disk.fault", "Board.ok", "Speech.fault"),
}


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.stem)
def test_whatever_a_check_says_is_said_in_the_readers_words(path: Path) -> None:
    source = "\n".join(file.read_text() for file in Path(supervisor.__file__).parent.rglob("*.py"))
    made = {".".join(found) for found in re.findall(r'check\(\s*"([A-Za-z ]+)", "(ok|warn|fault)"', source)}
    wanted = made | BY_NAME_ALONE | {"Database.kept", "Board.devices"}
    table = tomllib.loads(path.read_text())
    assert len(made) > 15
    assert wanted <= table["health_says"].keys()
    assert {says for says in wanted if not says.endswith((".ok", ".off"))} <= table["health_do"].keys()


def test_a_french_reader_meets_no_english_sentence_and_the_details_are_marked() -> None:
    made = check("Disk", "warn", "0.3 GB are free.", "Delete old messages.", free="0.3")
    french = told(made, words("fr"))
    assert french.sentence == "Le disque est presque plein : 0.3 Go libres."
    assert "Supprimez" in french.remedy and french.detail == "0.3 GB are free."
    newer = told({"name": "Antenna", "state": "fault", "text": "It fell off.", "says": "Antenna.fault"}, words("fr"))
    assert (newer.name, newer.sentence, newer.detail) == ("Antenna", "It fell off.", "")
    broken = told({**made, "fields": {}}, words("en"))
    assert broken.sentence == "0.3 GB are free."
