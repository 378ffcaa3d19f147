"""Caller ID: what one exchange sends, the receiver hears, whatever the blocks, the noise and the hostility."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.signals import fsk, levels, tones
from drivers.signals.callerid import reading
from drivers.signals.callerid import writing as writing
from drivers.signals.callerid.fields import reason
from drivers.signals.callerid.messages import SCHEMES
from drivers.signals.callerid.receiver import CallerId, CallerIdReceiver
from drivers.signals.callerid.sending import modulate
from tools.bench import chips

Samples = npt.NDArray[np.int16]
WHEN = datetime(2026, 3, 2, 10, 0)
QUIET = np.zeros(4000, np.int16)

names = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=15).filter(
    lambda name: name.strip() and reason(name) is None
)
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


@pytest.mark.parametrize("scheme", ["bell202", "v23"])
@pytest.mark.parametrize("gap", [0.0, 0.2, 0.35, 0.5, 0.6, 1.0, 1.5, 4.0])
def test_bytes_that_come_some_of_a_bit_late_are_read(scheme: str, gap: float) -> None:
    modem, marks = {"bell202": (fsk.BELL_202, 180), "v23": (fsk.V23, 80)}[scheme]
    message = writing.mdmf("5145550188", "ROY PAUL", WHEN)
    sound = chips.send(message, modem, -13.0, (300, marks), chips.Chip(least_mark=gap, extra_mark=gap), seed=1)
    (one,) = heard(sound)
    assert (one.scheme, one.number, one.name) == (scheme, "5145550188", "ROY PAUL")


@settings(max_examples=12, deadline=None)
@given(numbers, st.sampled_from(["bell202", "v23"]), st.integers(0, 2**32 - 1))
def test_a_chip_that_sends_byte_by_byte_is_read(number: str, scheme: str, seed: int) -> None:
    """Up to 0.6 bit of mark more, phase jumps of 0.6 rad, 2 dB up and down, each drawn anew for every byte."""
    modem, marks = {"bell202": (fsk.BELL_202, 180), "v23": (fsk.V23, 80)}[scheme]
    chip = chips.Chip(extra_mark=0.6, jump=0.6, louder=2.0)
    sound = chips.send(writing.mdmf(number, "ROY PAUL", WHEN), modem, -20.0, (300, marks), chip, seed)
    assert [(one.number, one.name) for one in heard(sound)] == [(number, "ROY PAUL")]


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


def test_a_message_lamp_is_lit_and_cleared() -> None:
    for waiting in (True, False):
        (one,) = heard(modulate(writing.sdmf_waiting(waiting), "bell202"))
        assert (one.form, one.waiting, one.number) == ("sdmf", waiting, None)


@pytest.mark.parametrize(
    ("digits", "reason"), [("B10C", "private"), ("B00C", "unavailable"), ("D1#", "private"), ("D3#", "unavailable")]
)
def test_digits_say_why_there_is_no_number(digits: str, reason: str) -> None:
    (one,) = heard(modulate(digits, "dtmf"))
    assert (one.scheme, one.number, one.reason) == ("dtmf", None, reason)


def test_bare_digits_are_told_when_no_more_come() -> None:
    sound = modulate("5550123", "dtmf")
    (one,) = heard(sound)
    assert (one.scheme, one.form, one.number) == ("dtmf", "dtmf", "5550123")
    receiver = CallerIdReceiver(["dtmf"])
    assert receiver.feed(np.concatenate([QUIET, sound, QUIET[:2000]])) == []


@pytest.mark.parametrize(("on_ms", "off_ms"), [(50, 50), (40, 40), (70, 140)])
def test_bare_digits_of_a_gsm_terminal_are_told_at_its_pace(on_ms: int, off_ms: int) -> None:
    (one,) = heard(tones.dtmf("2105550123", on_ms=on_ms, off_ms=off_ms).read(10 * (on_ms + off_ms) * 8))
    assert (one.scheme, one.number) == ("dtmf", "2105550123")


def test_a_number_with_a_start_mark_and_no_end_mark_is_told() -> None:
    for digits in ("A5145550123", "D5145550123"):
        (one,) = heard(modulate(digits, "dtmf"))
        assert one.number == "5145550123"


def test_digits_over_hum_are_a_caller() -> None:
    sound = np.concatenate([np.zeros(3200, np.int16), modulate("A5145550123C", "dtmf", -9.0)]).astype(np.float64)
    sound += levels.amplitude(-32.0) * np.sin(2 * np.pi * 425.0 * np.arange(sound.size) / 8000)
    (one,) = heard(levels.limit(sound))
    assert (one.scheme, one.number) == ("dtmf", "5145550123")


def test_a_finger_on_the_keys_is_no_caller() -> None:
    """Uneven in length or pace, or with a long pause: digits as people press them."""
    keys = [modulate(digit, "dtmf") for digit in "5550123"]
    uneven = [
        np.concatenate([key, np.zeros(pause, np.int16)])
        for key, pause in zip(keys, (0, 900, 300, 1200, 100, 700, 0), strict=True)
    ]
    slow = [np.concatenate([key, np.zeros(2600, np.int16)]) for key in keys]
    assert heard(np.concatenate(uneven)) == []
    assert heard(np.concatenate(slow)) == []
    assert heard(np.concatenate(keys[:4])) == [], "too few to be a number"


@pytest.mark.parametrize("reason", ["private", "unavailable", "payphone", "service conflict"])
def test_the_japanese_form_says_why_there_is_no_number(reason: str) -> None:
    (one,) = heard(modulate(writing.ntt(None, reason), "ntt"))
    assert (one.scheme, one.number, one.reason) == ("ntt", None, reason)


@pytest.mark.parametrize("scheme", ["bell202", "v23"])
@pytest.mark.parametrize("seed", range(6))
def test_the_modem_that_hears_best_tells_it_and_no_other(scheme: str, seed: int) -> None:
    """The tones of the two lie 100 Hz apart: each reads the other's messages too where the line is good."""
    message = writing.mdmf("5145550123", "Paul Roy", WHEN)
    for sound in (modulate(message, scheme), in_noise(modulate(message, scheme), 12.0, seed)):
        assert [(one.scheme, one.number) for one in heard(sound)] == [(scheme, "5145550123")]


def test_a_scheme_that_was_not_asked_for_is_not_heard() -> None:
    assert heard(modulate("A5145550123C", "dtmf"), schemes=("bell202", "v23", "ntt")) == []
    assert heard(modulate(writing.ntt("0312345678"), "ntt"), schemes=("bell202", "v23", "dtmf")) == []


@pytest.mark.parametrize("scheme", ["bell202", "v23"])
@pytest.mark.parametrize("marks", [80, 60, 20])
def test_without_seizure_few_marks_are_enough(scheme: str, marks: int) -> None:
    sound = modulate(writing.mdmf("5145550123", None, WHEN), scheme, seizure=0, marks=marks)
    assert [one.number for one in heard(sound)] == ["5145550123"]


@pytest.mark.parametrize("scheme", ["bell202", "v23"])
def test_ten_stop_bits_between_bytes_are_allowed(scheme: str) -> None:
    sound = modulate(writing.mdmf("5145550123", None, WHEN), scheme, stop_bits=10)
    assert [one.number for one in heard(sound)] == ["5145550123"]


def test_two_messages_in_a_row_are_two_callers() -> None:
    first, second = (modulate(writing.mdmf(number, None, WHEN), "bell202") for number in ("5145550123", "5145550188"))
    told = heard(np.concatenate([first, QUIET, second]))
    assert [one.number for one in told] == ["5145550123", "5145550188"]
    assert told[0].end < told[1].start


@pytest.mark.parametrize("form", ["A..C", "D..C", "D..#", "..#"])
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
    read = reading.read(writing.mdmf(number, name, WHEN))
    assert read is not None
    assert (read.number, (read.name or "").strip()) == (number, name.strip())


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_clean_caller_or_none(data: bytes) -> None:
    for read in (reading.read(data), reading.read_ntt(data)):
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
