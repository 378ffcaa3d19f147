"""What people may type to the board, and what it makes of it."""

from __future__ import annotations

import json
import socket
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board.virtual import sentences, voices
from board.virtual.board import Board
from board.virtual.board_socket import MAX_CLIENTS, BoardSocket
from board.virtual.console import Console
from board.virtual.sentences import Sentence, SentenceError, Words
from drivers.signals.tones import beep


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call from +15145550123", Sentence("call", None, "+15145550123")),
        (
            'call from +15145550123 named "Paul Roy" saying hello.wav on B',
            Sentence("call", "B", "+15145550123", "Paul Roy", words=(Words("hello.wav", True),)),
        ),
        ("call from private", Sentence("call", presentation="private")),
        ("Call From 5550123 corrupt", Sentence("call", None, "5550123", presentation="corrupt")),
        ('say A "good morning"', Sentence("say", "A", words=(Words("good morning", False),))),
        ("say hello.wav", Sentence("say", words=(Words("hello.wav", True),))),
        ("press A 1#", Sentence("press", "A", "1#")),
        ("press 1", Sentence("press", None, "1")),
        ("lift c", Sentence("lift", "C")),
        ("dial C 911", Sentence("dial", "C", "911")),
        ("dial 0", Sentence("dial", None, "0")),
        ("put down C", Sentence("put down", "C")),
        ("flash C", Sentence("flash", "C")),
        ("hang up A", Sentence("hang up", "A")),
        ("hang up A by busy tone", Sentence("hang up", "A", how="busy tone")),
        ("state", Sentence("state")),
    ],
)
def test_sentences(text: str, expected: Sentence) -> None:
    assert sentences.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("jump", "no verb"),
        ("call", "ends where"),
        ("call to 5", "'from'"),
        ("call from bob", "a number"),
        ("call from 1 named", "a name"),
        ("call from 1 on C", "one of A, B"),
        ("call from 1 saying it", ".wav"),
        ("lift A", "one of C, D"),
        ("lift C now", "the end"),
        ("hang up A by magic", "loop drop"),
        ("press A x", "keys"),
        ('say A "half', "pairs"),
        ("say A a.wav b.wav", "the end"),
        ("state\x00", "printable"),
        ("call from " + "1" * 600, "a sentence of 610 characters"),
    ],
)
def test_what_is_no_sentence_is_told_why(text: str, why: str) -> None:
    with pytest.raises(SentenceError) as error:
        sentences.parse(text)
    assert why in str(error.value)


@settings(deadline=None)
@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from(["call", "from", "on", "A", "C", "say", '"', "up", "1"])).map(" ".join)
)
def test_any_text_is_a_sentence_or_a_sentence_error(text: str) -> None:
    try:
        assert isinstance(sentences.parse(text), Sentence)
    except SentenceError as error:
        assert str(error)


@pytest.fixture
def board() -> Board:
    return Board("CA", 1)


@pytest.fixture
def console(board: Board, tmp_path: Path) -> Console:
    return Console(board, tmp_path)


def write_wav(path: Path, samples: Any, rate: int = 8000, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(np.asarray(samples, "<i2").tobytes())


def run(board: Board, seconds: float) -> None:
    for _ in range(round(seconds * 50)):
        board.tick()


def test_a_call_by_sentences(board: Board, console: Console, tmp_path: Path, kit: Any) -> None:
    """No Pi: handset C is on the lifeline, so a whole call can be had by typing."""
    write_wav(tmp_path / "hello.wav", kit.tone(900, 1.0))
    assert console.do('call from +15145550123 named "Paul Roy" saying hello.wav')["ok"]
    run(board, 1.0)
    assert console.do("call from +15145550124 on A") == {"ok": False, "text": "line A is busy"}
    assert console.do("lift C")["ok"]
    run(board, 2.8)  # no tone comes: the caller speaks when it has been quiet for a while
    assert kit.level(board.handsets["C"].party.heard[-4000:], 900) > -14.0
    state = json.loads(str(console.do("state")["text"]))
    assert state["calls"] == [{"line": "A", "direction": "in", "number": "+15145550123", "state": "connected"}]
    assert console.do("press A 5")["ok"]
    assert console.do("hang up A by silence")["ok"]
    assert console.do("put down C")["ok"]
    run(board, 1.0)
    assert board.exchange.calls == []


def test_a_caller_speaks_after_the_tone(board: Board, console: Console, tmp_path: Path, kit: Any) -> None:
    write_wav(tmp_path / "hello.wav", kit.tone(500, 1.0))
    console.do("call from 5550123 saying hello.wav")
    run(board, 0.5)
    handset = board.handsets["C"]
    handset.lift()
    run(board, 0.5)
    for greeting in (kit.tone(300, 3.0), np.zeros(8000, np.int16), kit.tone(700, 1.0), beep().read(2000)):
        handset.party.say(greeting)
    began = handset.party.heard.size  # the tone ends 5.25 s from here
    run(board, 8.0)
    heard = handset.party.heard[began:]
    loud = [kit.level(heard[at : at + 800], 500) > -20.0 for at in range(0, heard.size - 800, 800)]
    assert 5.3 <= loud.index(True) * 0.1 <= 6.5


def test_a_call_out_by_sentences_is_answered_in_the_demo(board: Board, console: Console) -> None:
    console.do("lift C")
    run(board, 1.0)
    assert console.do("dial 5145550100")["ok"]
    run(board, 9.0)
    assert [call.state for call in board.exchange.calls] == ["connected"]


@pytest.mark.parametrize(
    "text", ["put down C", "dial C 1", "say C hello.wav", "hang up A", "press B 1", "flash D", "say A nothing.wav"]
)
def test_what_the_board_refuses_is_an_error_and_no_crash(console: Console, text: str) -> None:
    answer = console.do(text)
    assert answer["ok"] or answer["text"]


def test_wav_files_are_checked(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("this is no sound")
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "dir.wav").mkdir()
    write_wav(tmp_path / "fast.wav", [0] * 100, rate=96000)
    for name in ("text.wav", "empty.wav", "dir.wav", "fast.wav", "missing.wav"):
        with pytest.raises(voices.VoiceError, match=name):
            voices.from_file(tmp_path / name)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (16000, 1), (44100, 2), (48000, 1)])
def test_wav_files_of_other_rates_keep_pitch_and_level(tmp_path: Path, kit: Any, rate: int, channels: int) -> None:
    tone = 8000 * np.sin(2 * np.pi * 1000 / rate * np.arange(rate))
    write_wav(tmp_path / "tone.wav", np.repeat(np.rint(tone), channels), rate, channels)
    samples = voices.from_file(tmp_path / "tone.wav")
    assert samples.size == 8000
    assert kit.level(samples, 1000) == pytest.approx(20 * np.log10(8000 / 32768) + 3.14, abs=0.2)


def test_sound_above_the_telephone_band_does_not_fold_back(tmp_path: Path, kit: Any) -> None:
    write_wav(tmp_path / "high.wav", np.rint(8000 * np.sin(2 * np.pi * 6000 / 48000 * np.arange(48000))), 48000)
    assert kit.level(voices.from_file(tmp_path / "high.wav"), 2000) < -45.0


def test_the_socket_answers_line_by_line_and_survives_hostile_clients(console: Console, tmp_path: Path) -> None:
    server = BoardSocket(tmp_path / "board.sock", console)
    assert (tmp_path / "board.sock").stat().st_mode & 0o777 == 0o600

    def ask(data: bytes, answers: int = 1) -> list[dict[str, Any]]:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "board.sock"))
            client.setblocking(False)
            client.sendall(data)
            got = b""
            for _ in range(200):
                server.serve(0.01)
                try:
                    part = client.recv(65536)
                except BlockingIOError:
                    continue
                got += part
                if not part or got.count(b"\n") >= answers:
                    break
            return [json.loads(line) for line in got.splitlines()]

    assert ask(b"lift C\nlift D\nbogus\n", 3) == [
        {"ok": True, "text": "C is off hook"},
        {"ok": True, "text": "D is off hook"},
        {"ok": False, "text": ask(b"bogus\n")[0]["text"]},
    ]
    assert "UTF-8" in ask(b"\xff\xfe\n")[0]["text"]
    assert "bytes" in ask(b"x" * 3000)[0]["text"]
    assert ask(b"\n")[0]["ok"] is False
    clients = [socket.socket(socket.AF_UNIX) for _ in range(MAX_CLIENTS + 3)]
    for client in clients:
        client.connect(str(tmp_path / "board.sock"))
        server.serve(0.01)
    for client in clients:
        client.close()
    server.serve(0.01)
    assert ask(b"state\n")[0]["ok"]
    server.close()
    assert not (tmp_path / "board.sock").exists()


def test_files_elsewhere_are_not_read(console: Console) -> None:
    for name in ("/etc/secret.wav", "../" * 20 + "etc/secret.wav"):
        answer = console.do(f"call from 5550123 saying {name}")
        assert not answer["ok"] and "expected a file below" in str(answer["text"])
