"""Scenario files that are wrong are refused with the file, the line, the key and what was expected."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.scenario.keys import LISTS, TABLES, TOP
from tools.scenario.load import load
from tools.scenario.source import SourceError, read

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"

GOOD = """\
name = "A caller leaves a message"

[box]
country = "CA"
status = "meeting"
[box.answering]
rings = 3

[[contact]]
name = "Paul Roy"
mobile = "+1 514 555-0188"

[[party]]
name = "paul"
line = "A"
number = "+15145550188"

[[party]]
name = "anna"
handset = "C"

[[step]]
who = "paul"
does = "rings"

[[step]]
who = "paul"
hears = "caller.greeting.unknown"
within = 12.0

[[expect]]
call = { direction = "in", talk_s = "5..9" }
"""


def scenario_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "call.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    scenario = load(scenario_file(tmp_path, GOOD))
    assert scenario.name == "A caller leaves a message"
    assert scenario.box.settings == {"box.country": "CA", "status": "meeting", "answering.rings": 3}
    assert scenario.contacts[0].numbers == (("mobile", "+1 514 555-0188"),)
    assert [step.line_no for step in scenario.steps] == [24, 28]
    assert scenario.expects[0].row["talk_s"].holds(7.5)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('who = "paul"\ndoes', 'whom = "paul"\ndoes', 23, "whom: unknown; did you mean who?"),
        ('does = "rings"', 'does = "sings"', 24, "expected one of rings"),
        ("within = 12.0", "", 28, "within is missing"),
        ("within = 12.0", "within = -1", 29, "expected 0 to 3600 seconds"),
        ('who = "paul"\nhears', 'who = "pual"\nhears', 27, "expected one of paul, anna; found 'pual'"),
        ('line = "A"', 'line = "E"', 15, "expected one of A, B"),
        ('country = "CA"', 'contry = "CA"', 4, "did you mean box.country?"),
        ("rings = 3", "rings = 30", 6, "whole number from 1 to 10"),
        ('talk_s = "5..9"', 'talk_s = "9..5"', 32, "empty span"),
        ('talk_s = "5..9"', 'talk_s = "> 5"', 32, "no span"),
        ('talk_s = "5..9"', "talks = 1", 32, "talks: unknown; did you mean talk_s?"),
        ("[[contact]]", "[[contakt]]", 9, "did you mean contact?"),
        ('[[expect]]\ncall = { direction = "in", talk_s = "5..9" }', "", 1, "no [[expect]]"),
        ('does = "rings"', 'does = "rings"\npresses = "1"', 22, "found does and presses"),
        ('handset = "C"', 'handset = "C"\nline = "A"', 20, "one place"),
        ('does = "rings"', 'does = "lifts"', 24, "'lifts' is not for paul, a party with line"),
        ('name = "Paul Roy"', 'name = "Paul', 10, "not TOML"),
        ('line = "A"', 'line = "A"\ndisplay = true', 16, "not for a party with line"),
        ('who = "paul"\nhears', 'who = "anna"\nshows', 28, "anna has no display"),
        ("[[contact]]", "[exchange]\ncall_wating = true\n[[contact]]", 10, "did you mean call_waiting?"),
        ("[[contact]]", "[exchange]\ncall_waiting = false\n[[contact]]", 10, "expected true, found False"),
        ("[[contact]]", "[[exchange]]\n[[contact]]", 9, "expected [exchange]"),
        ('name = "anna"', 'name = "paul"', 19, "is taken by the party on line 13"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    with pytest.raises(SourceError) as told:
        load(scenario_file(tmp_path, GOOD.replace(old, new, 1)))
    message = str(told.value)
    assert message.startswith(f"{tmp_path / 'call.toml'}:{line}: ")
    assert words in message
    assert "\n" not in message


def test_a_missing_file_and_one_that_is_no_text_are_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        load(tmp_path / "nothing.toml")
    (tmp_path / "call.toml").write_bytes(b'name = "x"\nabout = "\xff"\n')
    with pytest.raises(SourceError, match=r"call.toml:2: not UTF-8"):
        load(tmp_path / "call.toml")


def test_positions_survive_strings_and_brackets_that_look_like_keys(tmp_path: Path) -> None:
    text = (
        'name = "a # [box] = \\" b"\n'
        'about = """\n[[step]]\nwho = "x"\n"""\n'
        "list = [\n  1, # ] }\n  2,\n]\n"
        "'odd key' = { inner = ']' , more = [1, 2] }\n"
        "[box]\n"
        '"quoted" = 1\n'
        "last = '''\n''']'''\n"
    )
    path = scenario_file(tmp_path, text.replace("''']'''", "]'''"))
    source = read(path)
    assert source.top.lines == {"name": 1, "about": 2, "list": 6, "odd key": 10}
    assert source.tables["box"].lines == {"quoted": 12, "last": 13}


_KEY = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
_VALUE = st.sampled_from(
    ["1", "true", '"x"', "'#'", '"]"', "[1, 2]", "[\n1,\n'[',\n]", "{ a = 1, b = '}' }", '"""\n[x]\n"""', "2026-03-02"]
)


@given(rows=st.lists(st.tuples(_KEY, _VALUE, st.integers(0, 2)), unique_by=lambda row: row[0], max_size=8))
def test_every_key_has_the_line_it_stands_on(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, int]]
) -> None:
    text, expected = "[table]\n", {}
    for key, value, blank in rows:
        text += "\n# comment [x]\n" * blank
        expected[key] = text.count("\n") + 1
        text += f"{key} = {value}\n"
    path = tmp_path_factory.mktemp("toml") / "t.toml"
    path.write_text(text, encoding="utf-8")
    assert read(path).tables["table"].lines == expected


@given(raw=st.binary(max_size=200))
def test_any_bytes_give_a_source_or_one_line_of_error(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("toml") / "t.toml"
    path.write_bytes(raw)
    try:
        read(path)
    except SourceError as error:
        assert re.match(rf"{re.escape(str(path))}:\d+: [^\n]+$", str(error))


_LINES = [at for at, line in enumerate(GOOD.splitlines()) if " = " in line]
_ANY = st.sampled_from(
    """0|-1|1e99|nan|true|false|""|"x"|"a\\nb"|[]|[1]|{}|{ a = 1 }|{ a = [] }|"5..9"|"+1514"|"line A cut"|
    1979-05-27|07:32:00|1979-05-27T07:32:00Z|1979-05-27T07:32:00""".split("|")
)
_OTHER_KEYS = st.sampled_from(
    sorted({*TOP, *(key for keys in (*TABLES.values(), *LISTS.values()) for key in keys), "x"})
)


@settings(deadline=None)
@given(at=st.sampled_from(_LINES), key=st.none() | _OTHER_KEYS, value=_ANY)
def test_any_value_at_any_key_is_taken_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, at: int, key: str | None, value: str
) -> None:
    lines = GOOD.splitlines()
    lines[at] = f"{key or lines[at].split(' = ')[0]} = {value}"
    path = tmp_path_factory.mktemp("toml") / "t.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    try:
        load(path)
    except SourceError as error:
        assert re.match(rf"{re.escape(str(path))}:\d+: [^\n]+$", str(error))


def test_the_readme_names_every_key() -> None:
    readme = (SCENARIOS / "README.md").read_text(encoding="utf-8")
    missing = [
        f"[{table}] {key}"
        for table, keys in {"top": TOP, **TABLES, **LISTS}.items()
        for key in keys
        if f"`{key}`" not in readme
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("box", "words"),
    [('country = "ZZ"', "no country 'ZZ'"), ("seed = -1", "from 0 to"), ("seed = true", "from 0 to")],
)
def test_a_box_that_cannot_be_is_refused_with_its_line(tmp_path: Path, box: str, words: str) -> None:
    path = tmp_path / "box.toml"
    rest = '[[party]]\nname = "a"\nhandset = "C"\n[[step]]\nwho = "a"\ndoes = "lifts"\n[[expect]]\ncalls = 0\n'
    path.write_text(f'name = "x"\n[box]\n{box}\n{rest}')
    with pytest.raises(SourceError, match=words) as caught:
        load(path)
    assert ":3" in str(caught.value)
