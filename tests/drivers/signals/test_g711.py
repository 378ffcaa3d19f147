"""Companding: what G.711 promises of every code and every sample."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.signals import g711

EVERY_SAMPLE = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)
EVERY_CODE = np.arange(256, dtype=np.uint8)


@pytest.mark.parametrize("law", ["mu", "a"])
def test_every_code_comes_back_as_itself(law: g711.Law) -> None:
    again = g711.encode(g711.decode(EVERY_CODE, law), law)
    differing = EVERY_CODE[again != EVERY_CODE].tolist()
    assert differing == ([0x7F] if law == "mu" else [])  # mu-law's negative zero is the same level as its positive


def test_silence_is_silent_and_a_zero_byte_is_not() -> None:
    assert g711.decode(bytes([g711.SILENCE["mu"]]), "mu")[0] == 0
    assert abs(int(g711.decode(bytes([g711.SILENCE["a"]]), "a")[0])) <= 8
    assert abs(int(g711.decode(b"\0", "mu")[0])) > 32000


@pytest.mark.parametrize("law", ["mu", "a"])
def test_no_sample_is_off_by_more_than_half_a_step(law: g711.Law) -> None:
    heard = g711.quantise(EVERY_SAMPLE, law).astype(np.int64)
    wanted = EVERY_SAMPLE.astype(np.int64)
    half_step = (np.abs(wanted) + 132) / 32 + 0.5 if law == "mu" else np.maximum(8, np.abs(wanted) / 32 + 0.5)
    assert np.all(np.abs(heard - wanted) <= half_step)


@pytest.mark.parametrize("law", ["mu", "a"])
def test_louder_never_comes_out_softer(law: g711.Law) -> None:
    assert np.all(np.diff(g711.quantise(EVERY_SAMPLE, law).astype(int)) >= 0)


def test_levels_are_those_of_the_standard() -> None:
    assert g711.decode(bytes([0x80, 0xFF, 0x00, 0xF0]), "mu").tolist() == [32124, 0, -32124, 120]
    assert g711.decode(bytes([0xAA, 0x2A, 0xD5, 0x55]), "a").tolist() == [32256, -32256, 8, -8]


def test_an_unknown_law_is_named() -> None:
    with pytest.raises(ValueError, match="'ulaw'"):
        g711.encode(np.zeros(3, np.int16), "ulaw")  # type: ignore[arg-type]


def test_nothing_in_nothing_out() -> None:
    assert g711.decode(b"", "a").size == 0
    assert g711.encode(np.zeros(0, np.int16)).size == 0
