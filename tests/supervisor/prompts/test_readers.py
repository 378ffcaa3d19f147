"""Numbers, telephone numbers, lengths and times as each language says them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.supervisor.prompts.english import English
from firmware.supervisor.prompts.french import French
from firmware.supervisor.prompts.reader import MOST, Moment
from firmware.supervisor.prompts.readers import READERS

EN, FR = English("CA"), French("CA")


@pytest.mark.parametrize(
    ("number", "english", "french"),
    [
        (0, "zero", "zéro"),
        (1, "one", "un"),
        (16, "sixteen", "seize"),
        (21, "twenty-one", "vingt et un"),
        (70, "seventy", "soixante-dix"),
        (71, "seventy-one", "soixante et onze"),
        (80, "eighty", "quatre-vingts"),
        (81, "eighty-one", "quatre-vingt-un"),
        (99, "ninety-nine", "quatre-vingt-dix-neuf"),
        (100, "one hundred", "cent"),
        (200, "two hundred", "deux cents"),
        (201, "two hundred one", "deux cent un"),
        (1000, "one thousand", "mille"),
        (80_000, "eighty thousand", "quatre-vingt mille"),
        (200_000, "two hundred thousand", "deux cent mille"),
        (2026, "two thousand twenty-six", "deux mille vingt-six"),
    ],
)
def test_whole_numbers(number: int, english: str, french: str) -> None:
    assert EN.cardinal(number) == english
    assert FR.cardinal(number) == french


@given(st.integers(0, MOST), st.integers(0, MOST))
def test_two_numbers_never_sound_alike(one: int, other: int) -> None:
    for reader in (EN, FR):
        assert (reader.cardinal(one) == reader.cardinal(other)) == (one == other)


@pytest.mark.parametrize(
    ("language", "country", "number", "said"),
    [
        ("en", "CA", "+15145550123", "five one four, five five five, zero one two three"),
        ("en", "CA", "5145550123", "five one four, five five five, zero one two three"),
        ("fr", "CA", "+15145550123", "cinq un quatre, cinq cinq cinq, zéro un deux trois"),
        ("fr", "FR", "+33142685300", "zéro un, quarante-deux, soixante-huit, cinquante-trois, zéro zéro"),
        ("fr", "CA", "+33142685300", "plus trois trois, un, quatre deux, six huit, cinq trois, zéro zéro"),
        ("en", "CA", "+442071838750", "plus four four, two zero, seven one eight three, eight seven five zero"),
    ],
)
def test_telephone_numbers(language: str, country: str, number: str, said: str) -> None:
    assert READERS[language](country).number(number) == said


@pytest.mark.parametrize("number", ["", "private", "+", "<script>", "1" * 400])
def test_what_is_no_number_is_refused(number: str) -> None:
    for reader in (EN, FR):
        with pytest.raises(ValueError, match="no telephone number"):
            reader.number(number)


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (0, "zero seconds", "zéro seconde"),
        (1.2, "one second", "une seconde"),
        (9, "nine seconds", "neuf secondes"),
        (23, "about twenty seconds", "environ vingt secondes"),
        (58, "about a minute", "environ une minute"),
        (125, "about two minutes", "environ deux minutes"),
        (21 * 60, "about twenty-one minutes", "environ vingt et une minutes"),
        (3600, "about an hour", "environ une heure"),
        (2 * 3600 + 60, "about two hours and one minute", "environ deux heures et une minute"),
    ],
)
def test_lengths_are_rounded(seconds: float, english: str, french: str) -> None:
    assert EN.duration(seconds) == english
    assert FR.duration(seconds) == french


@pytest.mark.parametrize(
    ("at", "english", "french"),
    [
        ("15:10", "ten past three", "quinze heures dix"),
        ("12:00", "noon", "midi"),
        ("00:00", "midnight", "minuit"),
        ("00:20", "twenty past twelve in the morning", "minuit vingt"),
        ("07:00", "seven o'clock in the morning", "sept heures"),
        ("12:30", "half past twelve", "midi trente"),
        ("08:45", "quarter to nine", "huit heures quarante-cinq"),
        ("12:50", "ten to one", "midi cinquante"),
        ("21:21", "nine twenty-one in the evening", "vingt et une heures vingt et une"),
        ("13:04", "one oh four", "treize heures quatre"),
    ],
)
def test_times_of_day(at: str, english: str, french: str) -> None:
    time = dt.time.fromisoformat(at)
    assert EN.time(time) == english
    assert FR.time(time) == french


@pytest.mark.parametrize(
    ("day", "english", "french"),
    [
        ("2026-03-02", "today", "aujourd'hui"),
        ("2026-03-01", "yesterday", "hier"),
        ("2026-03-03", "tomorrow", "demain"),
        ("2026-02-27", "last Friday", "vendredi dernier"),
        ("2026-03-05", "on Thursday", "jeudi prochain"),
        ("2026-03-22", "on March twenty-second", "le vingt-deux mars"),
        ("2026-04-01", "on April first", "le premier avril"),
        ("2026-04-20", "on April twentieth", "le vingt avril"),
        (
            "2025-12-31",
            "on December thirty-first, twenty twenty-five",
            "le trente et un décembre deux mille vingt-cinq",
        ),
        ("2005-02-12", "on February twelfth, two thousand five", "le douze février deux mille cinq"),
    ],
)
def test_days_seen_from_today(day: str, english: str, french: str) -> None:
    today = dt.date(2026, 3, 2)
    assert EN.day(dt.date.fromisoformat(day), today) == english
    assert FR.day(dt.date.fromisoformat(day), today) == french


def test_a_moment_is_a_day_with_its_time() -> None:
    now = dt.datetime(2026, 3, 2, 18, 0)
    moment = Moment(dt.datetime(2026, 3, 2, 15, 10), now)
    assert EN.when(moment) == "today at ten past three"
    assert FR.when(moment) == "aujourd'hui à quinze heures dix"
