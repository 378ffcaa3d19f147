"""A prompt is heard when it was played on a line, and only then: not in silence, in noise, in other voices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from drivers.signals.levels import amplitude, gain
from drivers.signals.line import LineModel, LineSettings
from firmware.supervisor.prompts import PromptError, Prompts
from tools.scenario.ears import Heard, Match, Search, Template, template
from tools.scenario.sounds import BeepEar, SilenceEar, Sounds
from tools.scenario.voices import VoiceError, speak

BLOCK = 160
Samples = npt.NDArray[np.int16]


@pytest.fixture(scope="module")
def prompts() -> Prompts:
    return Prompts("en", Path("build/prompts"))


@pytest.fixture(scope="module")
def spoken(prompts: Prompts) -> dict[str, Samples]:
    """Every prompt that needs no values."""
    found = {}
    for one in prompts.ids():
        try:
            found[one] = prompts.audio(one)
        except PromptError:
            continue
    return found


def on_the_line(samples: Samples, noise_dbm0: float = -60.0, seed: int = 1) -> Samples:
    """What comes out of a telephone line: band, 2 dB loss, noise, mu-law."""
    line = LineModel(LineSettings(loss_db=2.0, noise_dbm0=noise_dbm0, seed=seed))
    padded = np.concatenate([samples, np.zeros(-samples.size % BLOCK, np.int16)]).reshape(-1, BLOCK)
    return np.concatenate([line.to_box(block, np.zeros(BLOCK, np.int16)) for block in padded])


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * 8000), np.int16)


def listen(heard_audio: Samples, expected: Template, *, begun: bool = False) -> tuple[Match | None, int]:
    """The match, and the sample time at which it was made."""
    heard = Heard()
    search = Search(heard, expected, 0, begun=begun)
    for at in range(0, heard_audio.size - BLOCK + 1, BLOCK):
        heard.put(at, heard_audio[at : at + BLOCK])
        match = search.poll()
        if match is not None:
            return match, heard.size
    return search.poll(last=True), heard.size


def test_each_prompt_is_heard_where_it_was_played_and_no_other_is(spoken: dict[str, Samples]) -> None:
    for name, samples in spoken.items():
        audio = on_the_line(np.concatenate([silence(0.7), samples, silence(0.5)]))
        match, _ = listen(audio, template(name, samples))
        assert match is not None, name
        last = np.flatnonzero(np.abs(samples) > amplitude(-45.0))[-1]  # a voice fades out: silent ends are cut off
        assert abs(match.end - (0.7 * 8000 + last)) < 1200, name
        for other, other_samples in spoken.items():
            if other != name:
                assert listen(audio, template(other, other_samples))[0] is None, f"{other} in {name}"


def test_a_prompt_played_twice_is_found_twice_in_what_was_heard(spoken: dict[str, Samples]) -> None:
    samples = spoken["caller.goodbye"]
    heard = Heard()
    heard.put(0, on_the_line(np.concatenate([silence(3), samples, silence(2.5), samples, silence(6)])))
    first = Search(heard, template("goodbye", samples), 0).poll(last=True)
    assert first is not None
    assert abs(first.start - 3 * 8000) < 1000
    second = Search(heard, template("goodbye", samples), first.end).poll(last=True)
    assert second is not None
    assert abs(second.start - (5.5 * 8000 + samples.size)) < 1000
    assert Search(heard, template("goodbye", samples), second.end).poll(last=True) is None


def test_people_are_not_taken_for_the_box(spoken: dict[str, Samples]) -> None:
    words = "Hello, this is Paul Roy. I cannot take your call right now, leave me a message and call me back. Goodbye."
    for voice in ("man", "woman", "scot", "old man"):
        audio = on_the_line(speak(voice, words))
        for name, samples in spoken.items():
            assert listen(audio, template(name, samples))[0] is None, f"{name} in {voice}'s words"


@pytest.mark.parametrize("noise_dbm0", [-90.0, -60.0, -40.0, -20.0])
def test_silence_and_noise_are_never_a_prompt(spoken: dict[str, Samples], noise_dbm0: float) -> None:
    audio = on_the_line(silence(8), noise_dbm0)
    for name, samples in spoken.items():
        assert listen(audio, template(name, samples))[0] is None
        assert listen(audio, template(name, samples), begun=True)[0] is None


def test_a_template_of_silence_is_refused() -> None:
    for samples in (silence(2), silence(0), gain(speak("man", "hello there"), -60.0), speak("man", "hello")[2000:3000]):
        with pytest.raises(ValueError, match="too short or too soft"):
            template("nothing", samples)


def test_noise_on_the_line_does_not_hide_a_prompt(spoken: dict[str, Samples]) -> None:
    samples = spoken["caller.greeting.unknown"]
    audio = on_the_line(np.concatenate([silence(0.5), samples, silence(0.5)]), noise_dbm0=-30.0)
    assert listen(audio, template("greeting", samples))[0] is not None


def test_a_prompt_cut_short_or_with_a_hole_is_not_heard_but_has_begun(spoken: dict[str, Samples]) -> None:
    samples = spoken["caller.greeting.unknown"]
    cut = np.concatenate([silence(0.5), samples[: samples.size * 2 // 3], silence(3)])
    hole = samples.copy()
    hole[12000:18000] = 0
    for broken in (cut, np.concatenate([hole, silence(1)])):
        audio = on_the_line(broken)
        assert listen(audio, template("greeting", samples))[0] is None
        match, at = listen(audio, template("greeting", samples), begun=True)
        assert match is not None
        assert at < 2 * 8000


def test_lost_blocks_do_not_hide_a_prompt(spoken: dict[str, Samples]) -> None:
    samples = spoken["caller.greeting.unknown"].copy()
    for at in range(3000, samples.size, 4000):  # 20 ms lost every half second
        samples[at : at + BLOCK] = 0
    audio = on_the_line(np.concatenate([silence(0.5), samples, silence(0.5)]))
    assert listen(audio, template("greeting", spoken["caller.greeting.unknown"]))[0] is not None


def test_prompts_that_differ_in_one_word_are_told_apart(prompts: Prompts) -> None:
    one = prompts.say("Hello. You have one new message, and nobody has called while you were away.")
    two = prompts.say("Hello. You have three new messages, and nobody has called while you were away.")
    assert listen(on_the_line(np.concatenate([one, silence(1)])), template("two", two))[0] is None
    assert listen(on_the_line(np.concatenate([two, silence(1)])), template("one", one))[0] is None


def test_a_beep_is_a_beep_and_speech_is_not() -> None:
    beep = (np.sin(np.arange(1600) * 2 * np.pi / 8) * amplitude(-16)).astype(np.int16)
    for audio, expected in (
        (np.concatenate([speak("woman", "hello there"), silence(0.2), beep, silence(0.5)]), True),
        (speak("woman", "see the seven ships sail in the bay of Biscay"), False),
        (beep[:800], False),
        (silence(2), False),
    ):
        heard = Heard()
        ear = BeepEar(heard, 0)
        audio = on_the_line(audio)
        heard.put(0, audio[: audio.size // BLOCK * BLOCK])
        assert (ear.poll() is not None) is expected


def test_silence_is_heard_only_when_it_lasts() -> None:
    heard = Heard()
    ear = SilenceEar(heard, 0, 1.0)
    heard.put(0, on_the_line(np.concatenate([silence(0.9), speak("man", "hello"), silence(0.8)])))
    assert ear.poll() is None
    heard.put(heard.size, silence(0.5))
    assert ear.poll() is not None


def test_what_can_never_be_heard_is_refused_before_the_call(prompts: Prompts, tmp_path: Path) -> None:
    sounds = Sounds(prompts, "CA", tmp_path, lambda party: None)
    for sound, words in (
        ("caller.greeting.unknwon", "no prompt says it"),
        ("missing.wav", "no readable WAV file"),
        ("what bob said", "no party bob"),
        ("caller.greeting.contact", "needs a value for name"),
        ("words that nobody says", "no prompt says it"),
    ):
        with pytest.raises(VoiceError, match=words):
            sounds.check(sound, {}, ["paul"])
    sounds.check("caller.greeting.contact", {"name": "Paul Roy"}, ["paul"])
    sounds.check("leave your message", {}, ["paul"])


def test_a_failure_names_what_was_heard_instead(prompts: Prompts, spoken: dict[str, Samples], tmp_path: Path) -> None:
    sounds = Sounds(prompts, "CA", tmp_path, lambda party: None)
    heard = Heard()
    heard.put(0, on_the_line(np.concatenate([silence(1), spoken["caller.goodbye"], silence(1)])))
    assert sounds.instead(heard, 0).startswith("caller.goodbye at 1.0")
    quiet = Heard()
    quiet.put(0, on_the_line(silence(3)))
    assert sounds.instead(quiet, 0) == "nothing (silence)"
