"""The table of commands: what is wrong in it is told with file, place and what was expected; the dialogs read it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from drivers.signals.countries import countries
from firmware.supervisor.assistant.commands import CommandError, menu, parse, star_code_clashes, table
from firmware.supervisor.prompts.catalogue import catalogue
from firmware.supervisor.rules.languages import LANGUAGES

ROOT = Path(__file__).resolve().parents[3]

SMALL = """
[contexts.deep]
title = { en = "Deep", fr = "Profond" }
also = ["top.back"]
commands = [
  { act = "yes", keys = "1 #", en = "say yes", fr = "dire oui" },
]

[contexts.top]
title = { en = "Top", fr = "Haut" }
commands = [
  { act = "back", keys = "*", en = "go back", fr = "revenir" },
  { act = "menu", by_key = "back", en = "go up", fr = "monter" },
]

[acts]
yes = { en = { words = ["yes"], phrases = ["yes please"] }, fr = { words = ["oui"] } }
back = { en = { words = ["back"] }, fr = { words = ["retour"] } }
menu = { en = { words = ["menu"] }, fr = { words = ["menu"] } }
"""


def test_a_key_means_what_its_context_says_and_nothing_elsewhere() -> None:
    menus = parse(SMALL, "small.toml").menus
    assert [menus["deep"].act(key) for key in "1#*2"] == ["yes", "yes", "back", None]
    assert [menus["top"].act(key) for key in "1*"] == [None, "back"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('keys = "1 #"', 'keys = "1 *"', r"small.toml \[contexts.deep\]: key \* means 'yes' and 'back'; expected one"),
        ('keys = "1 #"', 'keys = "1 1"', r"\[contexts.deep\]: key 1 means 'yes' and 'yes'"),
        ('keys = "1 #"', 'keys = "11"', r"row 1 \(yes\): keys: '11': expected 0-9"),
        ('keys = "1 #"', 'keys = ""', r"row 1: keys: expected a str, not empty"),
        ('keys = "1 #", ', "", r"row 1 \(yes\): expected keys, or by_key"),
        ('by_key = "back"', 'by_key = "up"', r"'menu': by_key 'up': expected an act with a key"),
        ('act = "yes"', 'act = "no"', r"small.toml \[contexts.deep\] row 1 \(no\): unknown act; expected one of"),
        ('"top.back"', '"bottom.back"', r"also: 'bottom.back': unknown context; expected one of deep, top"),
        ('"top.back"', '"top.yes"', r"also: 'top.yes': unknown act; expected one of the rows of top"),
        ('"top.back"', '"top.back", "top.back"', r"\[contexts.deep\]: act 'back' twice; expected once"),
        ('words = ["retour"]', 'words = ["OUI"]', r"\[acts\] back fr: 'OUI' is already said for 'yes'"),
        ('phrases = ["yes please"]', 'phrases = ["back"]', r"\[acts\] back en: 'back' is already said for 'yes'"),
        ('words = ["yes"]', 'words = ["yes", "yes"]', r"\[acts\] yes en: 'yes' is already said"),
        ('words = ["yes"]', 'words = ["yeah"]', r"\[acts\] yes en words: expected the label 'yes' first, got 'yeah'"),
        (', fr = { words = ["oui"] }', "", r"\[acts\] yes: fr is missing"),
        (', fr = "Haut"', "", r"\[contexts.top\] title: fr is missing"),
        (', fr = "monter"', "", r"\[contexts.top\] row 2: fr is missing"),
        ('words = ["menu"] }, fr', 'words = [] }, fr', r"\[acts\] menu en words: expected one at least"),
        ('words = ["menu"] }, fr', 'words = [1] }, fr', r"\[acts\] menu en words: expected a list of texts"),
        ('title = { en = "Top"', 'name = "x"\ntitle = { en = "Top"',
         r"\[contexts.top\]: name: unknown; expected title"),
        ("[acts]", "[acts]\nno = {}", r"\[acts\] no: in no context; expected a row with it"),
        ("[acts]", "[acts]\nNo = {}", r"\[acts\] No: expected English words in lower case"),
        ('menu = { en = { words = ["menu"] }, fr = { words = ["menu"] } }', "menu = {}",
         r"'menu' has neither key nor word"),
        ("[acts]", "[acts", r"small.toml: .*line"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_what_was_expected(before: str, after: str, told: str) -> None:
    assert SMALL.count(before) >= 1
    with pytest.raises(CommandError, match=told):
        parse(SMALL.replace(before, after, 1), "small.toml")


@pytest.mark.parametrize(
    ("context", "keys"),
    [
        ("screened", {"1": "accept", "2": "refuse", "3": "message", "4": "who", "5": "reply", "6": "block"}),
        ("caller", {"1": "important", "2": "message", "3": "hold", "4": "call me back", "5": "information",
                    "0": "operator", "*": "log in"}),
        ("main", {"1": "messages", "2": "call", "3": "calls", "4": "status", "5": "reminder", "6": "call backs",
                  "8": "settings", "9": "goodbye", "*": "back", "0": "help", "7": None}),
        ("in_call", {"1": "hold", "2": "transfer", "3": "conference", "4": "record", "5": "park", "6": "wait for me",
                     "*": "back"}),
        ("status", {"1": "working", "2": "meeting", "3": "out", "4": "unavailable", "5": "vacation", "6": "trip",
                    "7": "after hours", "8": "weekend", "#": "automatic"}),
        ("messages", {"1": "play", "2": "call", "#": "next", "4": "previous", "6": "forward", "7": "delete",
                      "9": "save"}),
        ("playing", {"5": "stop", "1": "seek back", "3": "seek ahead", "7": "delete"}),
    ],
)  # fmt: skip
def test_the_card_has_the_keys_that_were_settled(context: str, keys: dict[str, str | None]) -> None:
    assert {key: menu(context).act(key) for key in keys} == keys


def test_the_card_has_all_words_and_digits() -> None:
    words = (
        "yes no call play next back delete save repeat stop help important message operator cancel menu goodbye zero "
        "one two three four five six seven eight nine on off up down messages calls status reminder settings previous "
        "forward spell automatic new later accept refuse who hold transfer conference send again sales support"
    )
    assert set(words.split()) <= set(table().acts)
    assert "oh" in table().acts["zero"].spoken["en"].words


def test_a_carriers_code_is_never_hidden_by_ours() -> None:
    carriers = {name: [code.dial for code in country.codes] for name, country in countries().items()}
    assert any(code.startswith("*") for codes in carriers.values() for code in codes)
    assert list(star_code_clashes(carriers)) == []
    assert list(star_code_clashes({"XX": ["*021", "*0"]}))[:2] == [
        "commands.toml [contexts.dial_tone] redial: *01 clashes with *0 in XX",
        "commands.toml [contexts.dial_tone] speed dial: *02 clashes with *021 in XX",
    ]


KEY_WORDS = {"pound": "#", "carré": "#", "star": "*", "étoile": "*"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_prompt_that_tells_choices_names_keys_of_its_context(language: str) -> None:
    helped = [context for context in table().menus.values() if context.help]
    assert helped
    for context in helped:
        text = catalogue(language).prompt(context.help).text.lower()
        named = [KEY_WORDS.get(word, word) for word in re.findall(r"\b[0-9]\b|pound|carré|star|étoile", text)]
        assert named, context.help
        assert [key for key in named if context.act(key) is None] == [], context.help


def test_built_contexts_are_those_that_a_dialog_reads() -> None:
    sources = [path for path in (ROOT / "firmware" / "supervisor").rglob("*.py") if path.name != "commands.py"]
    read = {name for path in sources for name in re.findall(r'\bmenu\("(\w+)"\)', path.read_text(encoding="utf-8"))}
    assert {name for name, context in table().menus.items() if context.built} == read
