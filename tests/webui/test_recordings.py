"""What a browser gets to hear: 16-bit PCM WAV of a mu-law or A-law recording, by any range."""

from __future__ import annotations

import io
import re
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.signals import g711
from firmware.supervisor.recordings import wavefile
from firmware.supervisor.recordings.audio import NotARecording, recording
from tests.webui.conftest import Browser
from tests.webui.office import Office, speech_like
from webui.pages.recordings import _answer


def _whole(browser: Browser, number: int = 1) -> bytes:
    answer = browser.get(f"/recordings/{number}/audio.wav")
    assert answer.status == 200
    assert answer.header("Content-Type") == "audio/wav"
    assert int(answer.header("Content-Length")) == len(answer.body)
    return answer.body


def test_the_browser_hears_what_was_recorded(office: Office, anna: Browser) -> None:
    office.message(0.1, seconds=6)
    with wave.open(io.BytesIO(_whole(anna))) as heard:
        assert (heard.getframerate(), heard.getnchannels(), heard.getsampwidth()) == (8000, 1, 2)
        samples = np.frombuffer(heard.readframes(heard.getnframes()), "<i2")
    spoken = speech_like(6, seed=1)
    assert len(samples) == len(spoken)
    # G.711 is good to about 38 dB of signal to quantising noise
    noise = np.mean((samples.astype(float) - spoken) ** 2)
    assert 10 * np.log10(np.mean(spoken.astype(float) ** 2) / noise) > 33


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [("bytes=0-", 0, None), ("bytes=0-43", 0, 44), ("bytes=44-", 44, None), ("bytes=101-2020", 101, 2021),
     ("bytes=-7", -7, None), ("bytes=96000-99999999", 96000, None), ("bytes=45-45", 45, 46)],
)  # fmt: skip
def test_any_range_is_that_part_of_the_whole(
    office: Office, anna: Browser, asked: str, begin: int, end: int | None
) -> None:
    office.message(0.1, seconds=7)
    whole = _whole(anna)
    answer = anna.get("/recordings/1/audio.wav", range=asked)
    assert answer.status == 206
    assert answer.body == whole[begin:end]
    first = begin % len(whole)
    assert answer.header("Content-Range") == f"bytes {first}-{first + len(answer.body) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=9999999-", "bytes=50-40", "bytes=-0"])
def test_a_range_outside_is_refused_with_the_length(office: Office, anna: Browser, asked: str) -> None:
    office.message(0.1, seconds=1)
    answer = anna.get("/recordings/1/audio.wav", range=asked)
    assert (answer.status, answer.header("Content-Range")) == (416, "bytes */16044")


@pytest.mark.parametrize(
    "asked", ["", "bytes=", "bytes=-", "bytes=1-2,5-6", "lines=1-2", "bytes=a-b", "bytes=" + "9" * 40 + "-"]
)
def test_what_is_no_single_range_gets_the_whole(office: Office, anna: Browser, asked: str) -> None:
    office.message(0.1, seconds=1)
    assert len(anna.get("/recordings/1/audio.wav", range=asked).body) == 16044


@settings(max_examples=60, deadline=None)
@given(first=st.integers(0, 700), length=st.integers(1, 700), law=st.sampled_from(["mu", "a"]))
def test_ranges_put_together_are_the_file(
    tmp_path_factory: pytest.TempPathFactory, first: int, length: int, law: str
) -> None:
    folder = tmp_path_factory.mktemp("r")
    coded = g711.encode(speech_like(0.04), "a" if law == "a" else "mu").tobytes()
    (folder / "m.wav").write_bytes(wavefile.header(law, len(coded)) + coded)
    found = recording(folder, "m.wav")
    total = 44 + 2 * len(coded)
    whole = b"".join(_answer(found, "", []).body)  # type: ignore[arg-type]
    assert len(whole) == total
    first = min(first, total - 1)
    part = _answer(found, f"bytes={first}-{first + length - 1}", [])
    assert b"".join(part.body) == whole[first : first + length]  # type: ignore[arg-type]


def test_a_download_is_named_by_time_and_caller_and_is_written_down(office: Office, anna: Browser) -> None:
    paul = office.contact('Zoë "Boss"; rm -rf /\r\nX-Evil: 1', "+15145550188")
    office.message(0.1, contact=paul)
    answer = anna.get("/recordings/1/download")
    name = answer.header("Content-Disposition")
    assert name.startswith('attachment; filename="20')
    assert re.search(r'Zoe Boss rm -rf +X-Evil 1\.wav"$', name)
    rows = office.write(lambda c: [tuple(row) for row in c.execute("SELECT who, action, target FROM audit")])
    assert ("user:1", "download", "recording:1") in rows


def test_another_mailboxs_recording_is_not_there(office: Office, anna: Browser) -> None:
    office.message(0.1)
    office.write(lambda c: c.execute("INSERT INTO mailboxes (id, name) VALUES (2, 'paul')").rowcount)
    office.write(lambda c: c.execute("UPDATE calls SET mailbox = 2").rowcount)
    office.write(lambda c: c.execute("UPDATE messages SET mailbox = 2").rowcount)
    assert anna.get("/recordings/1/audio.wav").status == 404
    assert anna.get("/recordings/1/download").status == 404
    assert anna.post("/messages/1/delete").status == 404
    assert "/recordings/1" not in anna.get("/calls/1").text


@pytest.mark.parametrize("path", ["../frontdesk.db", "/etc/passwd", "missing.wav", "empty.wav", "noise.wav", "."])
def test_a_path_that_is_no_recording_is_refused(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    (tmp_path / "frontdesk.db").write_bytes(wavefile.header("mu", 4) + b"1234")
    (folder / "empty.wav").write_bytes(b"")
    (folder / "noise.wav").write_bytes(b"RIFF" + bytes(range(200)))
    with pytest.raises(NotARecording):
        recording(folder, path)


def test_a_recording_cut_off_by_a_power_cut_plays_to_where_it_got(tmp_path: Path) -> None:
    (tmp_path / "m.wav").write_bytes(wavefile.header("mu", 0) + bytes([0x7F] * 800))
    found = recording(tmp_path, "m.wav")
    assert found.samples == 800
    assert len(found.pcm(0, 10_000)) == 800
    (tmp_path / "n.wav").write_bytes(wavefile.header("mu", 5000) + bytes([0x7F] * 300))
    assert recording(tmp_path, "n.wav").samples == 300


def test_a_missing_file_is_said_and_the_rest_of_the_page_is_there(office: Office, anna: Browser) -> None:
    office.message(0.1)
    for path in (office.home / "recordings").iterdir():
        path.unlink()
    assert anna.get("/messages").status == 200
    assert anna.get("/recordings/1/audio.wav").status == 503
