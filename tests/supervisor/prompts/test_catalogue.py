"""Every prompt in every language, as a caller hears it: there, short enough, at the right level, unclipped."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import webrtcvad

import firmware.supervisor.prompts as room
from firmware.supervisor.prompts import Moment, PromptError, Prompts, Value
from firmware.supervisor.prompts.catalogue import catalogue, parse
from firmware.supervisor.rules.languages import LANGUAGES

ROOT = Path(__file__).resolve().parents[3]
NOW = dt.datetime(2026, 3, 2, 15, 10)
LONG: dict[str, Value] = {
    "name": "Marie-Claude Tremblay",
    "number": "+15145550123",
    "digits": "204",
    "duration": 3725.0,
    "time": dt.time(17, 43),
    "when": Moment(dt.datetime(2025, 12, 31, 21, 55), NOW),
}
"""Long ordinary values, by kind of placeholder."""

ALL = [(language, prompt_id) for language in LANGUAGES for prompt_id in catalogue(language).prompts]
engines = pytest.mark.skipif(
    not (shutil.which("flite") and shutil.which("espeak-ng")), reason="flite or espeak-ng is not installed"
)


def values(language: str, prompt_id: str) -> dict[str, Value]:
    kinds = catalogue(language).prompt(prompt_id).placeholders()
    standing = catalogue(language).defaults
    return {key: LONG.get(kind, 88) for key, kind in kinds.items() if key not in standing}


def voiced_level(samples: npt.NDArray[np.int16]) -> float:
    """dBm0 over the 20 ms frames that an independent voice detector calls speech."""
    detector = webrtcvad.Vad(2)
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    speech = [frame for frame in frames if detector.is_speech(frame.tobytes(), 8000)]
    power = np.mean(np.concatenate(speech).astype(np.float64) ** 2)
    return float(10 * np.log10(power / (32768**2 / 2)) + 3.14)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prompts")


@engines
@pytest.mark.parametrize(("language", "prompt_id"), ALL)
def test_a_prompt_sounds_as_it_should(language: str, prompt_id: str, cache: Path) -> None:
    prompts = Prompts(language, cache)
    samples = prompts.audio(prompt_id, **values(language, prompt_id))
    assert samples.dtype == np.int16
    assert len(samples) / 8000 <= catalogue(language).prompt(prompt_id).max_s
    assert np.max(np.abs(samples.astype(int))) < 32700, "clipped"
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 150)
    assert loud[0] < 0.15 * 8000, "silence before the first word"
    assert len(samples) - loud[-1] < 0.15 * 8000, "silence after the last word"
    if len(samples) > 8000:  # a detector's hang-over makes the level of one word uncertain
        assert -20.5 <= voiced_level(samples) <= -17.5


@engines
@pytest.mark.parametrize("language", LANGUAGES)
def test_prompts_stay_in_the_telephone_band(language: str, cache: Path) -> None:
    samples = Prompts(language, cache).audio("caller.message.after_tone").astype(np.float64)
    power = np.abs(np.fft.rfft(samples)) ** 2
    frequency = np.fft.rfftfreq(len(samples), 1 / 8000)
    outside = power[(frequency < 180) | (frequency > 3650)].sum()
    assert 10 * np.log10(outside / power.sum()) < -40


def test_every_language_has_the_same_prompts_and_nouns() -> None:
    english, french = catalogue("en"), catalogue("fr")
    assert list(english.prompts) == list(french.prompts)
    assert set(english.nouns) == set(french.nouns)
    assert set(english.defaults) == set(french.defaults)
    for prompt_id, prompt in english.prompts.items():
        assert prompt.placeholders() == french.prompts[prompt_id].placeholders(), prompt_id


def test_every_prompt_is_used_and_every_id_used_is_there() -> None:
    rooms = [path for path in (ROOT / "firmware").rglob("*.py") if "prompts" not in path.parts]
    rooms.append(ROOT / "firmware" / "supervisor" / "assistant" / "commands.toml")
    source = "\n".join(path.read_text(encoding="utf-8") for path in rooms)
    ids = set(catalogue("en").prompts)
    tops = "|".join(sorted({prompt_id.split(".")[0] for prompt_id in ids}))
    used = set(re.findall(rf'"((?:{tops})\.[a-z_]+(?:\.[a-z_]+)*)"', source))
    assert used - ids == set(), "spoken, but in no prompt file"
    assert ids - used == set(), "in the prompt files, but never spoken"


def test_the_office_and_the_caller_are_named(cache: Path) -> None:
    ours = Prompts("en", cache, standing={"office": "Roy and Martin"})
    assert ours.text("caller.greeting.contact", name="Paul Roy").startswith(
        "Hello Paul Roy. You've reached the automatic assistant of Roy and Martin."
    )
    assert "the office" in Prompts("en", cache).text("caller.greeting.unknown")


@pytest.mark.parametrize(
    ("prompt_id", "given", "says"),
    [
        ("caller.nowhere", {}, "no prompt"),
        ("caller.greeting.contact", {}, "needs a value for name"),
        ("caller.greeting.contact", {"name": 3}, "name must be str"),
        ("caller.goodbye", {"name": "Paul"}, "has no name"),
    ],
)
def test_a_wrong_id_or_value_is_told_at_once(prompt_id: str, given: dict[str, Value], says: str, cache: Path) -> None:
    with pytest.raises(PromptError, match=says):
        Prompts("en", cache).text(prompt_id, **given)


GOOD = """
[voice]
engine = "flite"
voice = "slt"
stretch = 1
[defaults]
office = "x"
[nouns.message]
none = "none"
one = "one"
many = "{n}"
[prompts.caller.a]
text = "Hello {count:message}."
max_s = 2
"""


def of_one_prompt(text: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Prompts:
    """Prompts whose file holds one prompt, ``caller.a``, with this text."""
    declared = parse(GOOD.replace("Hello {count:message}.", text), "en")
    monkeypatch.setattr(room, "catalogue", lambda language: declared)
    return Prompts("en", cache)


@pytest.mark.parametrize(
    ("text", "given", "said"),
    [
        ("You have {count:message}.", {"count": 0}, "You have none."),
        ("You have {count:message}.", {"count": 1}, "You have one."),
        ("You have {count:message}.", {"count": 21}, "You have twenty-one."),
        ("From {number}, {duration}.", {"number": "+15145550123", "duration": 125.0},
         "From five one four, five five five, zero one two three, about two minutes."),
        ("Extension {digits}.", {"digits": "204"}, "Extension two zero four."),
        ("{who:name}, {when}.", {"who": "Paul", "when": Moment(NOW, NOW)}, "Paul, today at ten past three."),
        ("It is {time}.", {"time": dt.time(12, 0)}, "It is noon."),
    ],
)  # fmt: skip
def test_values_are_read_by_their_kind(
    text: str, given: dict[str, Value], said: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert of_one_prompt(text, cache, monkeypatch).text("caller.a", **given) == said


@pytest.mark.parametrize(
    ("text", "given"),
    [("{digits}", {"digits": "20a"}), ("{number}", {"number": "private"}), ("{count:message}", {"count": -1})],
)
def test_a_value_that_cannot_be_read_is_told_with_its_prompt(
    text: str, given: dict[str, Value], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PromptError, match=r"prompt caller\.a: "):
        of_one_prompt(text, cache, monkeypatch).text("caller.a", **given)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("flite", "festival", "engine 'festival' is none of flite, espeak-ng"),
        ("max_s = 2", "", r"\[prompts.caller.a\]: expected exactly text, max_s"),
        ("max_s = 2", "max_s = 'two'", "max_s: expected a float"),
        ("{count:message}", "{count:goose}", "unknown kind 'goose'"),
        ("{count:message}", "{count", "a brace that belongs to no placeholder"),
        ('one = "one"', "", r"\[nouns.message\]: expected exactly none, one, many"),
        ("[defaults]", "[default]", "expected exactly voice, defaults, nouns, prompts"),
        ('engine = "flite"', 'engine = "flite', "en.toml: "),
    ],
)
def test_a_mistake_in_a_prompt_file_is_named(old: str, new: str, says: str) -> None:
    assert parse(GOOD, "en").prompt("caller.a").placeholders() == {"count": "message"}
    with pytest.raises(PromptError, match=says):
        parse(GOOD.replace(old, new), "en")
