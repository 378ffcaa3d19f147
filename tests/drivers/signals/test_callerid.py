"""Caller ID: what one exchange sends, the receiver hears, whatever the blocks, the noise and the hostility."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.signals import callerid_reading, levels
from drivers.signals import callerid_writing as writing
from drivers.signals.callerid import SCHEMES, CallerId, CallerIdReceiver, modulate

Samples = npt.NDArray[np.int16]
WHEN = datetime(2026, 3, 2, 10, 0)
QUIET = np.zeros(4000, np.int16)

names = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=15).filter(str.strip)
numbers = st.text("0123456789", min_size=3, max_size=15)


def heard(sound: Samples, block: int = 160, schemes: tuple[str, ...] = SCHEMES) -> list[CallerId]:
    receiver = CallerIdReceiver(schemes)
    padded = np.concatenate([QUIET, sound, QUIET, QUIET])
    return [one for start in range(0, padded.size, block) for one in receiver.feed(padded[start : start + block])]


def in_noise(sound: Samples, snr: float, seed: int) -> Samples:
    wide = sound.astype(np.float64)
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, np.sqrt((wide**2).mean() / 10 ** (snr / 10)), sound.size)
    return np.clip(wide + noise, -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("scheme", ["bell202", "v23"])
def test_number_name_and_date_arrive(scheme: str) -> None:
    (one,) = heard(modulate(writing.mdmf("5145550123", "Paul Roy", WHEN), scheme))
    assert (one.scheme, one.form) == (scheme, "mdmf")
    assert (one.number, one.name, one.date, one.reason) == ("5145550123", "Paul Roy", "03-02 10:00", None)


def test_a_number_of_any_plan_is_a_number() -> None:
    (one,) = heard(modulate(writing.mdmf("1112223333", None, WHEN), "bell202"))
    assert one.number == "1112223333"


@pytest.mark.parametrize("reason", ["private", "unavailable"])
def test_a_number_that_is_not_given_says_why(reason: str) -> None:
    (one,) = heard(modulate(writing.mdmf(None, None, WHEN, reason), "bell202"))
    assert (one.number, one.reason) == (None, reason)


def test_the_other_fields_arrive() -> None:
    message = writing.mdmf("5145550123", "Paul Roy", WHEN, redirecting="5145550188", waiting=True)
    (one,) = heard(modulate(message, "v23"))
    assert (one.redirecting, one.waiting) == ("5145550188", True)


def test_single_data_messages_arrive() -> None:
    (one,) = heard(modulate(writing.sdmf("5145550123", WHEN), "bell202"))
    assert (one.form, one.number, one.date) == ("sdmf", "5145550123", "03-02 10:00")


@pytest.mark.parametrize("form", ["A..C", "D..#"])
def test_numbers_sent_as_digits_arrive(form: str) -> None:
    (one,) = heard(modulate(writing.dtmf_digits("5550123", form=form), "dtmf"))
    assert (one.scheme, one.number) == ("dtmf", "5550123")


def test_the_japanese_form_arrives() -> None:
    (one,) = heard(modulate(writing.ntt("0312345678"), "ntt"))
    assert (one.scheme, one.number) == ("ntt", "0312345678")


@pytest.mark.parametrize("scheme", ["bell202", "v23"])
@pytest.mark.parametrize("lead", range(0, 160, 31))
def test_neither_the_blocks_nor_where_it_begins_matter(scheme: str, lead: int) -> None:
    """Short seizure, as after an alerting signal: the start has no room for a second guess."""
    message = writing.mdmf("5145550123", "Paul Roy", WHEN)
    sound = np.concatenate([np.zeros(lead, np.int16), modulate(message, scheme, seizure=0, marks=80)])
    for block in (1_000_000, 800, 333, 160):
        assert [one.number for one in heard(sound, block)] == ["5145550123"], block


@pytest.mark.parametrize(("scheme", "snr"), [("bell202", 10.0), ("bell202", 8.0), ("v23", 10.0), ("v23", 8.0)])
def test_on_a_noisy_line_every_one_of_twenty_arrives(scheme: str, snr: float) -> None:
    sound = modulate(writing.mdmf("5145550123", "Paul Roy", WHEN), scheme)
    for seed in range(20):
        assert [one.number for one in heard(in_noise(sound, snr, seed))] == ["5145550123"], seed


def test_a_soft_one_under_loud_hum_arrives() -> None:
    sound = modulate(writing.mdmf("5145550123", None, WHEN), "bell202", level=-30.0)
    hum = levels.amplitude(-12.0) * np.sin(2 * np.pi * 60 * np.arange(sound.size) / 8000)
    assert [one.number for one in heard((sound + hum).astype(np.int16))] == ["5145550123"]


@pytest.mark.parametrize("position", range(0, 24, 5))
def test_a_damaged_message_is_no_caller(position: int) -> None:
    message = bytearray(writing.mdmf("5145550123", "Paul Roy", WHEN))
    message[position % len(message)] ^= 0x11
    assert heard(modulate(bytes(message), "bell202")) == []


@given(numbers, names)
@settings(max_examples=15, deadline=None)
def test_whatever_can_be_sent_is_read_as_it_was_sent(number: str, name: str) -> None:
    read = callerid_reading.read(writing.mdmf(number, name, WHEN))
    assert read is not None
    assert (read.number, (read.name or "").strip()) == (number, name.strip())


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_clean_caller_or_none(data: bytes) -> None:
    for read in (callerid_reading.read(data), callerid_reading.read_ntt(data)):
        for text in (read.number, read.name, read.date) if read is not None else ():
            assert text is None or text.isprintable()


@given(st.lists(st.integers(-32768, 32767), max_size=1500), st.integers(1, 900))
@settings(max_examples=25, deadline=None)
def test_any_samples_are_taken_and_reset_makes_it_new(values: list[int], size: int) -> None:
    receiver = CallerIdReceiver()
    noise = np.array(values, np.int16)
    for start in range(0, noise.size, size):
        receiver.feed(noise[start : start + size])
    receiver.reset()
    sound = np.concatenate([QUIET, modulate(writing.mdmf("5145550123", None, WHEN), "bell202"), QUIET, QUIET])
    assert [one.number for one in receiver.feed(sound)] == ["5145550123"]
