"""Caller ID judged by others: what we send, libspandsp and minimodem read; what libspandsp sends, we read."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt
import pytest

from drivers.signals.callerid import writing as writing
from drivers.signals.callerid.receiver import CallerIdReceiver
from drivers.signals.callerid.sending import modulate
from tools.oracles import minimodem, spandsp, spandsp_callerid

Samples = npt.NDArray[np.int16]
WHEN = datetime(2026, 3, 2, 10, 0)
FORMS = ("A..C", "D..C", "D..#", "..#")

needs_spandsp = pytest.mark.skipif(not spandsp.available(), reason="libspandsp is not on this machine")


def on_a_line(sound: Samples) -> Samples:
    return np.concatenate([np.zeros(1600, np.int16), sound, np.zeros(8000, np.int16)])


def by_spandsp(sound: Samples, scheme: str) -> list[bytes]:
    return spandsp_callerid.SpandspCallerId(scheme).feed(on_a_line(sound))


@needs_spandsp
@pytest.mark.parametrize("scheme", ["bell202", "v23"])
def test_spandsp_reads_our_messages(scheme: str) -> None:
    for message in (
        writing.mdmf("5145550123", "Paul Roy", WHEN),
        writing.mdmf(None, None, WHEN, "private", "unavailable"),
        writing.mdmf("5145550123", "A name of sixteen", WHEN, call_type="voice", redirecting="5145550188"),
        writing.sdmf("5145550123", WHEN),
        writing.sdmf_waiting(True),
        writing.mdmf(waiting=True, waiting_count=3),
    ):
        assert by_spandsp(modulate(message, scheme), scheme) == [message[:-1]]


@needs_spandsp
def test_spandsp_reads_our_japanese_form() -> None:
    (told,) = by_spandsp(modulate(writing.ntt("0312345678", dialled="0398765432"), "ntt"), "ntt")
    assert b"0312345678" in told
    assert b"0398765432" in told


@needs_spandsp
@pytest.mark.parametrize("form", FORMS)
def test_spandsp_reads_our_digits(form: str) -> None:
    digits = writing.dtmf_digits("5145550123", form=form)
    assert by_spandsp(modulate(digits, "dtmf"), "dtmf") == [digits.encode()]


@pytest.mark.skipif(not minimodem.available(), reason="minimodem is not on this machine")
@pytest.mark.parametrize("scheme", ["bell202", "v23"])
def test_minimodem_reads_our_messages(scheme: str) -> None:
    message = writing.mdmf("5145550123", "Paul Roy", WHEN)
    assert message in minimodem.received(on_a_line(modulate(message, scheme)), scheme)


@needs_spandsp
@pytest.mark.parametrize("scheme", ["bell202", "v23"])
def test_what_spandsp_sends_we_read(scheme: str) -> None:
    sound = spandsp_callerid.sent(writing.mdmf("5145550123", "Paul Roy", WHEN)[:-1], scheme)
    (one,) = CallerIdReceiver().feed(on_a_line(sound))
    assert (one.scheme, one.number, one.name, one.date) == (scheme, "5145550123", "Paul Roy", "03-02 10:00")


@needs_spandsp
def test_the_japanese_form_of_spandsp_is_read() -> None:
    content = bytes([0x40, 12, 0x02, 10]) + b"0312345678"  # it frames, stuffs and checks them itself
    (one,) = CallerIdReceiver().feed(on_a_line(spandsp_callerid.sent(content, "ntt")))
    assert (one.scheme, one.number) == ("ntt", "0312345678")


@needs_spandsp
@pytest.mark.parametrize("form", FORMS)
def test_digits_of_spandsp_are_read(form: str) -> None:
    digits = writing.dtmf_digits("5145550123", form=form)
    (one,) = CallerIdReceiver().feed(on_a_line(spandsp_callerid.sent(digits.encode(), "dtmf")))
    assert (one.scheme, one.number) == ("dtmf", "5145550123")
