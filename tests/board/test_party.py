"""A party's mouth and ear, sample by sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board.virtual import party as module
from board.virtual.party import Party, Samples
from firmware.hat.protocol import BLOCK


@settings(deadline=None)
@given(st.lists(st.integers(0, 700), max_size=8))
def test_what_is_said_is_spoken_whole_and_in_order(lengths: list[int]) -> None:
    party, said = Party("paul"), []
    for number, length in enumerate(lengths):
        said.append(np.arange(1, length + 1, dtype=np.int16) + np.int16(1000 * number))
        party.say(said[-1])
    spoken: list[Samples] = []
    while (block := party.speak()) is not None:
        assert block.size == BLOCK
        spoken.append(block)
    whole = np.concatenate([*said, np.zeros(0, np.int16)])
    assert np.array_equal(np.concatenate([*spoken, np.zeros(0, np.int16)])[: whole.size], whole)
    assert len(spoken) == -(-whole.size // BLOCK) and party.silent


def test_hush_forgets_what_was_queued() -> None:
    party = Party("paul")
    party.say(np.ones(1000, np.int16))
    party.speak()
    party.hush()
    assert party.silent and party.speak() is None


def test_everything_heard_is_kept_and_shown_block_by_block() -> None:
    party, seen = Party("paul"), []
    party.on_block.append(lambda who, block: seen.append((who, block.copy())))
    blocks = [np.full(BLOCK, number, np.int16) for number in range(1, 500)]
    for block in blocks:
        party.hear(block)
    party.hear(None)
    assert np.array_equal(party.heard, np.concatenate([*blocks, np.zeros(BLOCK, np.int16)]))
    assert len(seen) == 500 and seen[0][0] is party and np.array_equal(seen[7][1], blocks[7])
    with pytest.raises(ValueError, match="read-only"):
        party.heard[0] = 1


def test_the_record_is_bounded_and_says_what_it_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_HEARD", 70 * 8000)
    party = Party("paul")
    for number in range(5000):
        party.hear(np.full(BLOCK, number, np.int16))
    assert party.heard.size <= 70 * 8000
    assert party.heard_from + party.heard.size == 5000 * BLOCK
    assert party.heard[0] == party.heard_from // BLOCK and party.heard[-1] == 4999


def test_nobody_queues_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_QUEUED", 1000)
    party = Party("paul")
    party.say(np.zeros(900, np.int16))
    with pytest.raises(ValueError, match="queued"):
        party.say(np.zeros(200, np.int16))
