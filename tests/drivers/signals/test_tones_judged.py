"""Our tones and our ears against libspandsp, who knows nothing of either: a shared mistake would cancel out."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.signals.countries import country
from drivers.signals.progress import ProgressDetector
from drivers.signals.tones import ToneSource
from tools.bench.progress import TONES, blocks, on_a_bad_line, sounds_like
from tools.oracles import spandsp, spandsp_tones

pytestmark = pytest.mark.skipif(not spandsp.available(), reason="libspandsp.so.2 is not installed")

CODES = ("US", "DE", "FR", "CN")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("tone", ["dial", "ringback", "busy", "reorder"])
def test_libspandsp_hears_the_tones_we_make(code: str, tone: str) -> None:
    made = ToneSource(country(code).tones[tone]).read(15 * 8000)
    judge = spandsp_tones.SpandspTones(country(code), TONES)
    heard = {name for block in blocks(made) for name in judge.feed(block)}
    assert tone in heard and heard <= sounds_like(country(code), tone)


def test_we_hear_on_a_bad_line_what_libspandsp_does_not() -> None:
    """A seeded tenth of `make bench`'s trials at SNR 10 dB, +-1.5 % and +-10 %."""
    ours = theirs = count = 0
    for code in CODES:
        detector = ProgressDetector(country(code))
        judge = spandsp_tones.SpandspTones(country(code), TONES)
        rng = np.random.default_rng(99)
        for tone in ("dial", "ringback", "busy", "reorder"):
            samples = on_a_bad_line(country(code).tones[tone], 10.0, rng)
            alike = sounds_like(country(code), tone)
            told = {heard.tone for block in blocks(samples) for heard in detector.feed(block)}
            said = {name for block in blocks(samples) for name in judge.feed(block)}
            detector.reset()
            judge.reset()
            ours += bool(told) and told <= alike
            theirs += bool(said) and said <= alike
            count += 1
    assert ours == count and theirs < count
