"""Two clocks that differ, packets that come late or never: what goes on to the line."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest

from drivers.signals.elastic import LEAST_WANTED, MOST_HELD, MOST_WANTED, MS, Elastic
from drivers.signals.trim import TAPS, Trim

Samples = npt.NDArray[np.int16]
BLOCK = 160
AMPLITUDE = 8000


def tone(start: int, count: int, hz: float = 440.0) -> Samples:
    return np.rint(AMPLITUDE * np.sin(2 * np.pi * hz / 8000 * (start + np.arange(count)))).astype(np.int16)


@dataclass
class Sent:
    """A sender whose clock is ``ppm`` fast: packet n leaves when its own clock says 20 ms * n, and takes a while."""

    ppm: float
    jitter_ms: float = 0.0
    loss: float = 0.0
    seconds: int = 120
    elastic: Elastic = field(default_factory=Elastic)
    depths: list[int] = field(default_factory=list)

    def run(self) -> Samples:
        """All that was taken, a block each 20 ms of our clock."""
        dice = np.random.default_rng(5)
        count = self.seconds * 50
        sent = np.arange(count + 500) * 20.0 / (1 + self.ppm * 1e-6)
        arrives = np.maximum.accumulate(sent + dice.uniform(0.0, self.jitter_ms, sent.size))
        lost = dice.random(sent.size) < self.loss
        taken, packet = [], 0
        for block in range(count):
            while arrives[packet] <= block * 20.0 + 7.0:
                if lost[packet]:
                    self.elastic.lost(BLOCK)
                else:
                    self.elastic.put(tone(packet * BLOCK, BLOCK))
                packet += 1
            taken.append(self.elastic.take(BLOCK))
            self.depths.append(self.elastic.depth)
        return np.concatenate(taken)


@pytest.mark.parametrize("ppm", [0.0, 100.0, -100.0])
def test_a_clock_that_is_off_costs_one_gap_at_most_and_never_much_delay(ppm: float) -> None:
    sent = Sent(ppm)
    heard = sent.run()
    assert sent.elastic.concealed <= BLOCK
    assert max(sent.depths) <= 50 * MS
    late = np.abs(heard[-80_000:].astype(np.int32)).reshape(-1, 40).max(axis=1)
    assert late.min() > 0.9 * AMPLITUDE  # ten seconds of the tone without a hole


@pytest.mark.parametrize(("ppm", "jitter_ms", "loss"), [(100.0, 30.0, 0.05), (300.0, 60.0, 0.02)])
def test_packets_late_or_lost_cost_no_more_than_themselves(ppm: float, jitter_ms: float, loss: float) -> None:
    sent = Sent(ppm, jitter_ms, loss)
    sent.run()
    packets = sent.seconds * 50
    assert sent.elastic.concealed / BLOCK < packets * loss * 1.2 + 10
    assert max(sent.depths[500:]) <= (jitter_ms + 70) * MS


def test_the_same_comes_out_each_time() -> None:
    one, other = Sent(-200.0, 40.0, 0.03, 20).run(), Sent(-200.0, 40.0, 0.03, 20).run()
    assert np.array_equal(one, other)


def test_nothing_sounds_before_the_stream_has_begun() -> None:
    elastic = Elastic()
    assert not elastic.take(BLOCK).any()
    elastic.put(tone(0, LEAST_WANTED))
    assert not elastic.take(BLOCK).any()
    assert elastic.concealed == 0


def test_what_ends_dies_away_and_comes_back_without_a_step() -> None:
    elastic = Elastic()
    elastic.put(tone(0, 8 * BLOCK))
    blocks = [elastic.take(BLOCK) for _ in range(16)]
    assert elastic.concealed > 0 and elastic.wanted > LEAST_WANTED
    assert not blocks[-1].any()
    peaks = [int(np.abs(block).max()) for block in blocks]
    first = next(at for at in range(len(peaks)) if 0 < peaks[at] < 0.8 * AMPLITUDE)
    assert peaks[first:] == sorted(peaks[first:], reverse=True)
    elastic.put(tone(0, 8 * BLOCK, 200.0))
    sound = np.concatenate([*blocks, *(elastic.take(BLOCK) for _ in range(4))]).astype(np.int32)
    assert np.abs(sound[-4 * BLOCK :]).max() > 0.9 * AMPLITUDE
    assert np.abs(np.diff(sound)).max() < 1.2 * AMPLITUDE * 2 * np.pi * 440 / 8000 + 800


def test_a_flood_is_cut_and_the_newest_is_kept() -> None:
    elastic = Elastic()
    for second in range(60):
        elastic.put(np.full(8000, second, np.int16))
        assert elastic.depth <= MOST_HELD
    for _ in range(20):
        elastic.lost(10**9)
        assert elastic.depth <= MOST_HELD
    for _ in range(5):
        elastic.take(BLOCK)
    assert elastic.wanted <= MOST_WANTED


def test_too_much_is_taken_out_where_nobody_speaks() -> None:
    elastic = Elastic()
    for _ in range(60):
        elastic.put(np.zeros(BLOCK, np.int16))
        elastic.take(BLOCK)
    elastic.put(np.zeros(80 * MS, np.int16))
    before = elastic.depth
    for _ in range(150):
        elastic.put(np.zeros(BLOCK, np.int16))
        elastic.take(BLOCK)
    assert before > 90 * MS and elastic.depth <= 40 * MS


@pytest.mark.parametrize("ppm", [-2000, -100, 0, 137, 2000])
def test_a_trimmed_tone_is_the_tone_at_its_new_places(ppm: int) -> None:
    trim = Trim()
    given = tone(0, 9000, 1004.0)
    made, used = [], 0
    for _ in range(50):
        needed = trim.needs(BLOCK, ppm)
        block, gone = trim.make(given[used : used + needed], BLOCK, ppm)
        made.append(block)
        used += gone
    assert used == pytest.approx(8000 * (1 + ppm * 1e-6), abs=1)
    places = np.arange(8000) * (1 + ppm * 1e-6) + TAPS // 2 - 1
    wanted = AMPLITUDE * np.sin(2 * np.pi * 1004.0 / 8000 * places)
    assert np.abs(np.concatenate(made) - wanted).max() < AMPLITUDE * 10 ** (-50 / 20)


def test_a_steady_level_stays_as_it_is() -> None:
    for level in (-32768, -1, 0, 32767):
        block, _ = Trim().make(np.full(BLOCK + TAPS + 1, level, np.int16), BLOCK, 777)
        assert (block == level).all()
