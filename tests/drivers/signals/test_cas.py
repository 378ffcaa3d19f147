"""The alerting signal of call waiting: heard as the standards allow it to come, and in nothing else."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from drivers.signals import g711, levels, tones
from drivers.signals.callerid import writing
from drivers.signals.callerid.sending import modulate
from drivers.signals.cas import CasDetector
from drivers.signals.tonespec import parse
from tests.drivers.signals.told import assert_same
from tools.bench import corpora

RATE = 8000
SPEECH = Path(os.environ.get("SPEECH_DATA", "../shared/speech"))
MINUTES = 4  # of people's speech in every run; FRONTDESK_LONG_TESTS=1: 30


def signal(ms: int, level: float = -15.0, twist: float = 0.0, drift: float = 0.0) -> Any:
    low, high = 2130 * (1 + drift), 2750 * (1 + drift)
    one = tones.ToneSource(parse(f"!{low:.1f}@{level + twist / 2:.1f}/{ms}")).read(ms * 8)
    two = tones.ToneSource(parse(f"!{high:.1f}@{level - twist / 2:.1f}/{ms}")).read(ms * 8)
    return one + two


def within(middle: Any, noise: float = -65.0, seed: int = 1, lead: int = 4000) -> Any:
    """Something on a line with noise before, under and after it."""
    generator = np.random.default_rng(seed)
    under = generator.normal(0.0, levels.amplitude(noise) / np.sqrt(2), lead + middle.size + 4000)
    under[lead : lead + middle.size] += middle
    return levels.limit(under)


def heard(sound: Any, block: int = 160) -> list[Any]:
    detector = CasDetector()
    return [one for at in range(0, sound.size, block) for one in detector.feed(sound[at : at + block])]


@pytest.mark.parametrize("ms", [75, 80, 85, 88, 100, 110])
@pytest.mark.parametrize(("level", "twist", "drift"), [(-15, 0, 0), (-32, 0, 0), (-9, 6, 0.005), (-25, -6, -0.005)])
def test_the_signals_of_both_standards_are_heard(ms: int, level: float, twist: float, drift: float) -> None:
    (one,) = heard(g711.quantise(within(signal(ms, level, twist, drift))))
    assert one.start == pytest.approx(4000, abs=80)
    assert one.end == pytest.approx(4000 + ms * 8, abs=80)
    assert one.level == pytest.approx(level, abs=1.5)


@pytest.mark.parametrize("seed", range(8))
def test_it_is_heard_in_noise(seed: int) -> None:
    assert len(heard(within(signal(80, -20.0), -40.0, seed, 4000 + 13 * seed))) == 1


def test_it_is_told_in_time_for_the_acknowledgement() -> None:
    sound = within(signal(80))
    for until in range(4640, sound.size, 80):
        if heard(sound[:until], 80):
            break
    assert until - 4640 <= 0.06 * RATE


@pytest.mark.parametrize("block", [1, 37, 160, 5000])
def test_blocks_of_any_size_hear_the_same(block: int) -> None:
    sound = within(signal(80))
    assert_same(heard(sound, block), heard(sound))


@pytest.mark.parametrize(
    "sound",
    [
        signal(40),
        signal(160),
        signal(2000),
        signal(80, -45.0),
        signal(80, -20.0, 14.0),
        signal(80, drift=0.03),
        tones.ToneSource(parse("!2130@-13/80")).read(640),
        tones.ToneSource(parse("!2750@-13/80")).read(640),
        tones.ToneSource(parse("!2130+2400+2750@-13/80")).read(640),
        tones.dtmf("0123456789ABCD*#", 80, 60).read(16 * 1120),
        modulate(writing.mdmf("5145550188", "Paul Roy"), "bell202"),
        modulate(writing.mdmf("5145550188", "Paul Roy"), "v23"),
        np.random.default_rng(3).normal(0, 4000, 80000),
    ],
)
def test_what_is_like_it_is_not_it(sound: Any) -> None:
    assert heard(within(sound)) == []


def people(minutes: float, seed: int) -> Iterator[Any]:
    """Sentences of people, in a seeded order, as loud as a line carries them."""
    rows = []
    for manifest in sorted(SPEECH.glob("part*/manifest.csv")):
        with manifest.open(newline="", encoding="utf-8") as file:
            rows += [(manifest.parent, row) for row in csv.DictReader(file) if row["class"] == "running"]
    order = np.random.default_rng(seed).permutation(len(rows))
    left = minutes * 60 * RATE
    for index in order:
        folder, row = rows[index]
        clip, _ = soundfile.read(
            folder / row["file"], start=int(row["start_sample"]), frames=int(row["num_samples"]), dtype="int16"
        )
        yield levels.gain(clip, -12.0 - levels.dbm0(clip))
        left -= clip.size
        if left <= 0:
            return


@pytest.mark.skipif(not SPEECH.is_dir(), reason="no recordings of people here")
def test_people_do_not_set_it_off() -> None:
    minutes = 30 if os.environ.get("FRONTDESK_LONG_TESTS") else MINUTES
    detector, samples, false = CasDetector(), 0, []
    for clip in people(minutes, 11):
        false += detector.feed(clip)
        samples += clip.size
    assert samples >= minutes * 60 * RATE
    assert false == []


def test_synthetic_voices_do_not_set_it_off() -> None:
    pieces = list(corpora.voices(corpora.EXAM, 0.02, 5))
    assert pieces
    assert [heard(piece) for piece in pieces] == [[]] * len(pieces)


@pytest.mark.skipif(not SPEECH.is_dir(), reason="no recordings of people here")
def test_it_is_heard_over_a_person_who_talks() -> None:
    """The exchange mutes the far party; the near one may go on talking, 15 dB down through the hybrid."""
    found = 0
    clips = [clip for clip in people(2.0, 12) if clip.size >= 16000][:30]
    for clip in clips:
        under = levels.gain(clip[:16000], -12.0).astype(np.int32)
        under[8000:8640] += signal(80, -15.0)
        found += len(heard(levels.limit(under.astype(np.float64)))) == 1
    assert found >= 0.9 * len(clips)
