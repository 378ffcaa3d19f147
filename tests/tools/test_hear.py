"""`tools.hear`: what it says about files of every kind, and about files that are none."""

from __future__ import annotations

import json
import struct
import subprocess
import tempfile
import wave
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.signals import cas, g711, tones, tonespec
from drivers.signals.callerid import writing
from drivers.signals.callerid.sending import modulate
from drivers.signals.countries import country
from firmware.supervisor.recordings import wavefile
from tools import hear
from tools.hear_wav import WavError, read

RATE = 8000


def silence(seconds: float) -> Any:
    return np.zeros(round(seconds * RATE), np.int16)


def written(path: Path, samples: Any, rate: int = RATE, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def everything() -> Any:
    """A digit at 0.5 s, a caller, a busy tone."""
    digit = tones.dtmf("5", 80, 0, -13.0, 0.0).read(640)
    caller = modulate(writing.mdmf("1112223333", "Paul Roy"), "bell202")
    busy = tones.ToneSource(country("CA").tones["busy"]).read(4 * RATE)
    return np.concatenate([silence(0.5), digit, silence(1), caller, silence(1), busy])


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = hear.main([str(one) for one in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_json_has_digits_callers_and_tones(tmp_path: Path, everything: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, written(tmp_path / "a.wav", everything), "--json")
    report = json.loads(out)
    assert (code, err) == (0, "")
    (digit,) = report["digits"]
    assert digit["digit"] == "5"
    assert digit["start"] == pytest.approx(0.5, abs=0.005)
    assert digit["end"] == pytest.approx(0.58, abs=0.005)
    assert digit["level"] == pytest.approx(-13.0, abs=0.5)
    assert digit["twist"] == pytest.approx(0.0, abs=0.2)
    (caller,) = report["caller_ids"]
    assert caller["start"] < caller["end"]
    assert {said: value for said, value in caller.items() if value is not None and said not in ("start", "end")} == {
        "scheme": "bell202", "number": "1112223333", "name": "Paul Roy",
    }  # fmt: skip
    (tone,) = report["tones"]
    assert tone["tone"] == "busy"
    assert tone["end"] == pytest.approx(everything.size / RATE - 0.5, abs=0.05)


def test_text_has_a_line_a_fact(tmp_path: Path, everything: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, written(tmp_path / "a.wav", everything))
    assert code == 0
    assert ["digit 5" in out, "1112223333, Paul Roy" in out, "busy tone" in out, out.count("\n")] == [True] * 3 + [3]
    _, out, _ = run(capsys, written(tmp_path / "b.wav", silence(1)))
    assert out == "nothing was heard\n"


def test_all_that_a_caller_id_message_says_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = writing.mdmf(
        None, "Zo\u00eb", datetime(2026, 3, 14, 15, 9), "private",
        call_type="call return", redirecting="5145559999", dialled="5145551111", waiting=True, waiting_count=3,
    )  # fmt: skip
    lamp = writing.mdmf(waiting=False)
    sound = [silence(0.3), modulate(message, "v23"), silence(0.3), modulate(lamp, "v23")]
    path = written(tmp_path / "a.wav", np.concatenate(sound))
    _, out, _ = run(capsys, path, "--json")
    first, second = json.loads(out)["caller_ids"]
    assert first | {"start": 0, "end": 0} == {
        "scheme": "v23", "number": None, "name": "Zo\u00eb", "date": "03-14 15:09", "reason": "private",
        "name_reason": None, "call_type": "call return", "redirecting": "5145559999", "dialled": "5145551111",
        "waiting": True, "waiting_count": 3, "start": 0, "end": 0,
    }  # fmt: skip
    assert second["waiting"] is False
    _, out, _ = run(capsys, path)
    for words in ("no number (private)", "call type call return", "forwarded by 5145559999", "3 messages"):
        assert words in out.splitlines()[0]
    assert "no messages wait" in out.splitlines()[1]


def test_a_second_caller_in_a_conversation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Voice, CAS, the display's answer, the message, voice: each once, in order; no signal passes for a voice."""
    spoken = tmp_path / "voice.wav"
    subprocess.run(["espeak-ng", "-w", str(spoken), "Please hold the line for me."], check=True)
    words = read(spoken).samples // 4
    cas_sound = tones.ToneSource(tonespec.parse(cas.CAS)).read(640)
    answer = tones.dtmf("D", 60, 0, -10.0, 0.0).read(480)
    second = modulate(writing.mdmf("5145550123", "Two"), "bell202", seizure=0, marks=80)
    gap = silence(0.1)
    sound = np.concatenate([words, gap, cas_sound, gap, answer, gap, second, gap, words])
    _, out, _ = run(capsys, written(tmp_path / "a.wav", sound))
    facts = [line.split(" s  ")[-1].split()[0] for line in out.splitlines()]
    assert facts == ["voice", "cas", "digit", "caller", "voice"]


@pytest.mark.parametrize("rate", [11025, 16000, 44100, 48000])
def test_other_rates_and_channels_are_converted_and_said_so(
    rate: int, tmp_path: Path, everything: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = np.arange(everything.size * rate // RATE) * RATE / rate
    fast = np.interp(grid, np.arange(everything.size), everything)
    code, out, err = run(capsys, written(tmp_path / "a.wav", np.repeat(fast, 2), rate, 2), "--json")
    report = json.loads(out)
    assert code == 0
    assert "2 channels mixed" in err
    assert f"{rate} samples a second converted to 8000" in err
    assert report["digits"][0]["start"] == pytest.approx(0.5, abs=0.005)
    assert [one["number"] for one in report["caller_ids"]] == ["1112223333"]


@pytest.mark.parametrize("law", ["mu", "a"])
def test_the_box_s_own_recordings_are_heard(law: Any, tmp_path: Path, everything: Any) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wavefile.header(law, everything.size) + g711.encode(everything, law).tobytes())
    assert hear.hear(read(path).samples).digits[0]["digit"] == "5"


@pytest.mark.parametrize(("code", "bits"), [(1, 8), (1, 24), (1, 32), (3, 32), (3, 64)])
def test_every_width_is_the_same_sound(code: int, bits: int, tmp_path: Path, everything: Any) -> None:
    wide = everything.astype(np.int64)
    data = {
        (1, 8): ((wide >> 8) + 128).astype(np.uint8).tobytes(),
        (1, 24): (wide << 8).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes(),
        (1, 32): (wide << 16).astype("<i4").tobytes(),
        (3, 32): (wide / 32767.0).astype("<f4").tobytes(),
        (3, 64): (wide / 32767.0).astype("<f8").tobytes(),
    }[code, bits]
    form = struct.pack("<HHIIHH", code, 1, RATE, RATE * bits // 8, bits // 8, bits)
    content = b"WAVEfmt \x10\0\0\0" + form + b"LIST\x03\0\0\0abc\0data" + struct.pack("<I", len(data)) + data
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(content)) + content)
    sound = read(path)
    assert np.abs(sound.samples.astype(int) - wide).max() <= (256 if bits == 8 else 1)
    assert f"{bits}-bit" in sound.converted[0]


def test_a_country_brings_its_own_schemes_and_tones(
    tmp_path: Path, everything: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "a.wav", everything)
    _, out, _ = run(capsys, path, "--json", "--country", "gb")
    assert "busy" not in [one["tone"] for one in json.loads(out)["tones"]], "480 + 620 Hz is nothing in Britain"
    busy = tones.ToneSource(country("GB").tones["busy"]).read(4 * RATE)
    _, out, _ = run(capsys, written(tmp_path / "b.wav", busy), "--json", "--country", "GB")
    assert [one["tone"] for one in json.loads(out)["tones"]] == ["busy"]


def test_digits_of_a_dtmf_caller_id_are_in_both_lists() -> None:
    sent = modulate("D5145550188C", "dtmf", -15.0)
    report = hear.hear(np.concatenate([silence(0.3), sent, silence(0.3)]))
    assert "".join(one["digit"] for one in report.digits) == "D5145550188C"
    assert [(one["scheme"], one["number"]) for one in report.caller_ids] == [("dtmf", "5145550188")]


def test_the_picture_shows_where_the_tone_is(tmp_path: Path, everything: Any) -> None:
    picture = tmp_path / "a.png"
    assert hear.main([str(written(tmp_path / "a.wav", everything)), "--plot", str(picture)]) == 0
    drawn = np.asarray(Image.open(picture).convert("RGB")).astype(int)
    assert drawn.shape[1] == 1400
    bright = drawn[220:480, 90:1380].sum(axis=2)  # the spectrogram: quiet at 0.25 s, loud in the busy tone
    columns = 1290 * RATE / everything.size  # a second
    assert bright[:, round(0.25 * columns)].max() < 30
    assert bright[:, round((everything.size / RATE - 3.75) * columns)].max() > 250


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "expected RIFF"),
        (b"RIFF\0\0\0\0WAVE", "byte 12"),
        (b"RIFF\0\0\0\0WAVEdata\x02\0\0\0ab", "expected the fmt chunk"),
        (b"RIFF\0\0\0\0WAVEfmt \xff\xff\0\0", "expected 0 at most"),
        (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + struct.pack("<HHIIHH", 2, 1, 8000, 8000, 1, 8), "format 2"),
        (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + struct.pack("<HHIIHH", 1, 1, 0, 0, 2, 16), "expected 1000 to 192000"),
        (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + struct.pack("<HHIIHH", 1, 0, 8000, 0, 2, 16), "0 channels"),
        (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + struct.pack("<HHIIHH", 1, 1, 8000, 0, 2, 12), "12 bits"),
    ],
)
def test_what_is_no_wav_is_refused_in_one_line(
    content: bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    code, out, err = run(capsys, path, "--json")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert str(path) in err
    assert words in err


def test_a_missing_file_a_wrong_country_and_an_unwritable_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = written(tmp_path / "a.wav", silence(0.1))
    for arguments in (
        [tmp_path / "none.wav"],
        [good, "--country", "QQ"],
        [good, "--plot", tmp_path / "none" / "a.png"],
    ):
        code, out, err = run(capsys, *arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_file_cut_off_is_heard_to_its_end(tmp_path: Path, everything: Any) -> None:
    path = written(tmp_path / "a.wav", everything)
    path.write_bytes(path.read_bytes()[: 44 + 2 * 6000])
    sound = read(path)
    assert sound.samples.size == 6000
    assert "heard to the end of the file" in sound.converted[0]


@settings(max_examples=60)
@given(st.binary(max_size=80), st.integers(0, 79))
def test_no_header_breaks_it(noise: bytes, at: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "a.wav", np.zeros(40, np.int16))
        content = path.read_bytes()
        path.write_bytes(content[:at] + noise + content[at + len(noise) :])
        try:
            assert read(path).samples.dtype == np.int16
        except WavError as error:
            assert str(path) in str(error)


def test_what_the_recordings_of_the_field_hold_is_told_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """CED, howler, British ringback, a dial tone of 425 Hz with a number dialled over it, mains hum: one file each."""
    time = np.arange(12 * RATE) / RATE
    dial = tones.ToneSource(country("DE").tones["dial"]).read(6 * RATE).astype(float)
    dial[:RATE] = dial[RATE : 2 * RATE]
    dial[RATE : RATE + 8000] += tones.dtmf("5702340003", 50, 50).read(8000)
    hum = sum(900 / k * np.sin(2 * np.pi * 50 * k * time + k) for k in (1, 2, 3, 5))
    files = {
        "GB ringback": (tones.ToneSource(country("GB").tones["ringback"]).read(10 * RATE), "GB", ["ringback"]),
        "US howler": (tones.ToneSource(country("US").tones["howler"]).read(5 * RATE), "US", ["howler"]),
        "CED": (tones.ToneSource(tonespec.parse("2100@-13/3000", -13.0)).read(4 * RATE), "US", ["ced"]),
        "dial": (dial, "DE", ["dial"]),
        "hum": (hum, "DE", []),
    }
    for name, (sound, code, expected) in files.items():
        samples = np.concatenate([silence(1), np.clip(np.rint(sound), -32768, 32767).astype(np.int16), silence(1)])
        _, out, _ = run(capsys, written(tmp_path / "a.wav", samples), "--json", "--country", code)
        report = json.loads(out)
        assert [tone["tone"] for tone in report["tones"]] == expected, name
        assert "".join(digit["digit"] for digit in report["digits"]) == ("5702340003" if name == "dial" else ""), name
        assert sum(voice["end"] - voice["start"] for voice in report["voices"]) < 1.5, name
