"""Made tones: the right frequencies at the right level, no click anywhere, the same whatever the block size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.signals import levels
from drivers.signals.tones import DTMF_KEYS, ToneSource, beep, dtmf
from drivers.signals.tonespec import parse


def spectrum_peaks(samples: np.ndarray, count: int) -> list[float]:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size), 8 * samples.size))
    found = []
    for _ in range(count):
        top = int(spectrum.argmax())
        found.append(top * 1000.0 / samples.size)
        spectrum[max(0, top - 40) : top + 40] = 0
    return sorted(found)


def test_a_dual_tone_has_both_frequencies_at_its_level() -> None:
    heard = ToneSource(parse("350+440@-13")).read(8000)
    assert spectrum_peaks(heard, 2) == pytest.approx([350, 440], abs=1.5)
    assert levels.dbm0(heard) == pytest.approx(-10.0, abs=0.1)


def test_a_cadence_sounds_and_rests_to_the_millisecond() -> None:
    heard = ToneSource(parse("425/330,0/170")).read(8000)
    on = np.abs(heard) > 0
    assert not on[330 * 8 : 500 * 8].any() and not on[830 * 8 :].any()
    assert on[100:300].mean() > 0.9 and on[500 * 8 + 100 : 500 * 8 + 300].mean() > 0.9


def test_parts_marked_once_are_played_once() -> None:
    source = ToneSource(parse("!1000/100,!0/100,2000"))
    first, then = source.read(1600), source.read(8000)
    assert spectrum_peaks(first[:800], 1) == pytest.approx([1000], abs=5)
    assert spectrum_peaks(then, 1) == pytest.approx([2000], abs=1)
    assert not source.done


def test_a_tone_that_ends_is_done_and_then_silent() -> None:
    source = ToneSource(parse("!950/330,!1400/330"))
    source.read(660 * 8)
    assert source.done
    assert not source.read(400).any()


def test_a_continuous_tone_does_not_pulse_at_block_borders_or_cycle_ends() -> None:
    source = ToneSource(parse("1000/500"))
    heard = np.concatenate([source.read(160) for _ in range(200)])
    bursts = np.abs(heard[400:]).reshape(-1, 80).max(axis=1)  # one period of 1000 Hz is 8 samples
    assert bursts.min() == pytest.approx(bursts.max(), rel=0.01)


@pytest.mark.parametrize(
    "text", ["425/100,0/100", "!950/330,!1400/330,!1800/330", "350+440/750,440/750", "1000/37,0/13"]
)
def test_nothing_clicks(text: str) -> None:
    """Energy far above the tones (over 3 kHz) stays 35 dB below the tone in every 10 ms."""
    heard = ToneSource(parse(text)).read(12000).astype(float)
    kernel = np.sinc(np.arange(-40, 41) * 0.8) * np.hamming(81)
    low = np.convolve(heard, 0.8 * kernel, mode="same")  # what lies under 3200 Hz
    above = heard - low
    worst = np.sqrt((above[: 11900 // 80 * 80].reshape(-1, 80) ** 2).mean(axis=1).max())
    assert worst < 0.018 * np.sqrt((heard**2).mean())


def test_stop_ramps_down_within_a_block() -> None:
    source = ToneSource(parse("350+440@-13"))
    source.read(160)
    source.stop()
    last = source.read(160)
    assert source.done and np.abs(last[:10]).max() > 1000 and not last[20:].any()


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["350+440", "480+620/500,0/500", "!400/100,!0/40,400*16/300,0/90"]), st.data())
def test_the_block_size_changes_nothing(text: str, data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(0, 700), min_size=1, max_size=12))
    whole = ToneSource(parse(text)).read(sum(sizes))
    source = ToneSource(parse(text))
    apart = np.concatenate([source.read(size) for size in sizes])
    assert np.abs(apart.astype(int) - whole).max(initial=0) <= 1  # a sine may round either way


def test_dtmf_keys_are_the_key_pads_rows_and_columns() -> None:
    for index, key in enumerate(DTMF_KEYS):
        source = dtmf(key, on_ms=200, off_ms=50, level_dbm0=-12.0, twist=3.0)
        heard = source.read(1600)
        low, high = spectrum_peaks(heard, 2)
        assert low == pytest.approx((697, 770, 852, 941)[index // 4], abs=3)
        assert high == pytest.approx((1209, 1336, 1477, 1633)[index % 4], abs=3)


def test_dtmf_refuses_what_no_key_pad_has() -> None:
    with pytest.raises(ValueError, match="'x'"):
        dtmf("12x")


def test_the_beep_ends() -> None:
    source = beep(ms=250)
    assert np.abs(source.read(2000)).max() > 5000 and source.done


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("425/", "425/"),
        ("425,0/100", "lasts for ever"),
        ("425/100,!0/100", "come first"),
        ("9000", "9000"),
        ("", "part"),
        ("0/0,425/0", "no length"),
        ("350+0", "stands alone"),
        ("!425", "needs a length"),
        (",".join(["425/10"] * 80), "80"),
    ],
)
def test_a_malformed_tone_is_refused_by_its_part(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named.replace("+", r"\+")):
        parse(text)


@given(st.text(alphabet="0123456789+*@/!,.-", max_size=40))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        spec = parse(text)
    except ValueError:
        return
    assert ToneSource(spec).read(500).size == 500
