"""Mix-minus: what each party of a conversation hears."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from drivers.signals.mixing import mix_minus

BLOCKS = arrays.arrays(np.int16, st.tuples(st.integers(1, 6), st.integers(1, 40)))


def test_two_hear_each_other_and_nothing_else() -> None:
    one, other = np.array([[1, -2, 32767, -32768], [5, 6, -32768, 32767]], np.int16)
    heard = mix_minus(np.stack([one, other]))
    assert np.array_equal(heard, np.stack([other, one]))


def test_one_alone_hears_silence() -> None:
    assert not mix_minus(np.full((1, 160), 12345, np.int16)).any()


@given(BLOCKS)
def test_each_hears_the_sum_of_the_others_as_loud_as_it_can_be_said(blocks: np.ndarray) -> None:
    heard = mix_minus(blocks)
    assert heard.dtype == np.int16
    for party in range(len(blocks)):
        others = [[int(sample) for sample in block] for at, block in enumerate(blocks) if at != party]
        sums = [sum(samples) for samples in zip(*others, strict=True)] or [0] * blocks.shape[1]
        assert heard[party].tolist() == [max(-32768, min(32767, total)) for total in sums]
