"""The HAT's rules of the link: sessions, commands once, events until acked, audio on its beat, noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board.virtual.board import Board
from board.virtual.faults import LinkNoise
from drivers.signals import g711
from firmware.hat import protocol as p
from firmware.hat.cobs import frame

LINE_A, C = 0, 2


def test_hello_tells_the_board(kit: Any) -> None:
    host = kit.host(hello=False)
    answer = dict(zip(p.MESSAGES[p.HELLO_R][2], host.hello(), strict=True))
    assert (answer["version"], answer["status"], answer["session"]) == (p.VERSION, p.OK, host.session)
    assert answer["ports"] == 4 and answer["kinds"][:4] == bytes((p.FXO, p.FXO, p.FXS, p.FXS))
    assert answer["playout_delay"] == p.PLAYOUT_DELAY


def test_another_version_is_refused_with_a_reason(kit: Any) -> None:
    host = kit.host(hello=False)
    assert host.hello(version=p.VERSION + 1)[1] == p.ERR_VERSION
    host.run(0.1)
    assert any("refused" in text for text in host.logs)
    assert host.command(p.OP_OFFHOOK, LINE_A) == p.ERR_STATE  # no session came of it


def test_audio_flows_from_the_first_block_and_stands_on_the_clock(kit: Any) -> None:
    host = kit.host(hello=False)
    host.run(1.0)
    stamps = [ts for ts, *_ in host.ups]
    assert len(stamps) >= 50 and stamps == list(range(0, len(stamps) * p.BLOCK, p.BLOCK))
    assert {mask for _, mask, *_ in host.ups} == {0}


def test_a_command_sent_twice_is_acted_on_once(host: Any) -> None:
    host.command(p.OP_OFFHOOK, LINE_A)
    host.run(0.5)
    fed = host.board.lines["A"].loop
    breaks: list[object] = []
    host.board.on_tick(lambda board: breaks.extend(change for change in fed.changes if not change.closed))
    for _ in range(3):
        assert host.command(p.OP_PULSE, LINE_A, b"3", seq=900) == p.OK
    host.run(2.0)
    assert len(breaks) == 3
    host.session += 1
    host.hello()
    assert host.command(p.OP_PULSE, LINE_A, b"3", seq=900) == p.OK  # a new session counts anew
    host.run(2.0)
    assert len(breaks) == 6


def test_a_resent_hello_starts_no_new_session(host: Any) -> None:
    host.acking = False
    host.board.handsets["C"].lift()
    host.run(0.2)
    host.forget()
    host.hello()
    host.run(0.5)
    assert host.of("HOOK_OFF")  # still waiting for its ack: a new session would have dropped it


def test_events_are_resent_every_200_ms_until_acked(host: Any) -> None:
    host.acking = False
    host.board.handsets["C"].lift()
    host.run(1.5)
    sent = [ts for seq, ts in host.event_frames if seq == host.event_frames[-1][0]]
    assert np.diff(sent).tolist() == [p.RESEND_MS * 8] * (len(sent) - 1) and len(sent) >= 6
    host.acking = True
    host.run(0.4)
    count = len(host.event_frames)
    host.run(2.0)
    assert len(host.event_frames) == count


def test_events_of_a_new_session_are_counted_from_0_and_old_ones_forgotten(host: Any) -> None:
    host.acking = False
    host.board.handsets["C"].lift()
    host.run(0.5)
    host.session += 1
    host.acking = True
    host.forget()
    host.event_frames.clear()
    host.hello()
    host.board.handsets["D"].lift()
    host.run(0.5)
    assert [event.port for event in host.events] == [3]
    assert [seq for seq, _ in host.event_frames] == [0]


def test_an_answer_is_played_exactly_at_its_time(host: Any) -> None:
    host.command(p.OP_LOOPBACK, C, 1)
    host.command(p.OP_CID_MONITOR, C, 1)
    host.run(0.1)
    host.forget()
    marks = (np.arange(p.BLOCK) * 100 - 8000).astype(np.int16)
    host.play(C, marks)
    host.run(0.2)
    answered = host.ups[0][0]  # the first block after play() was called is the one answered with it
    heard = host.heard(C).reshape(-1, p.BLOCK)
    when = [ts for (ts, *_), block in zip(host.ups, heard, strict=True) if np.abs(block).max() > 1000]
    assert when == [answered + p.PLAYOUT_DELAY]
    expected = g711.quantise(marks, "mu")
    assert np.array_equal(heard[when[0] // p.BLOCK - answered // p.BLOCK], expected)


def test_a_missing_block_is_told_and_a_late_one_is_dropped(host: Any) -> None:
    host.run(0.5)
    host.answering = False
    host.tick()
    missed = host.ups[-1][0]
    host.answering = True
    host.run(0.1)
    told = [(ts, missing) for ts, _, flags, missing in host.ups if flags & p.FLAG_MISSING and ts > missed]
    assert told == [(missed + p.PLAYOUT_DELAY, missed)]
    host.send(frame(p.AUDIO_DOWN, 0, 0, missed))
    host.run(0.1)
    assert sum(bool(flags & p.FLAG_LATE) for _, _, flags, _ in host.ups) == 1


def test_ports_are_heard_when_active_only_and_samples_are_interleaved(host: Any, kit: Any) -> None:
    host.board.handsets["C"].lift()
    host.run(0.3)
    assert host.ups[-1][1] == 1 << C
    host.command(p.OP_OFFHOOK, LINE_A)
    host.run(0.5)
    assert host.ups[-1][1] == 1 << LINE_A | 1 << C
    host.board.handsets["C"].party.say(kit.tone(1700, 0.6))
    host.run(0.5)
    assert kit.level(host.last(C, 0.3), 1700) > -12.0 and kit.level(host.last(LINE_A, 0.3), 1700) < -50.0
    assert kit.level(host.last(LINE_A, 0.3), 440) > -16.0 and kit.level(host.last(C, 0.3), 440) < -50.0


def test_commands_wait_for_their_time_stamp(host: Any) -> None:
    at = (host.board.now + 8000) // p.BLOCK * p.BLOCK
    assert host.command(p.OP_OFFHOOK, LINE_A, at=at) == p.OK
    host.until(lambda: host.board.lines["A"].loop.now.closed, 2.0)
    assert host.board.lines["A"].loop.now.sample == at


@pytest.mark.parametrize(
    ("op", "port", "args", "status"),
    [
        (p.OP_OFFHOOK, C, (), p.ERR_PORT),
        (p.OP_OFFHOOK, 9, (), p.ERR_PORT),
        (p.OP_FLASH, LINE_A, (100,), p.ERR_STATE),
        (p.OP_PULSE, LINE_A, (b"12",), p.ERR_STATE),
        (p.OP_BRIDGE, 0, (1, 1), p.ERR_PORT),
        (p.OP_BRIDGE, 0, (1, 8), p.ERR_PORT),
        (p.OP_UNBRIDGE, 0, (0, 2), p.ERR_STATE),
        (p.OP_LINEFEED, C, (p.LF_RINGING,), p.ERR_ARGS),
        (p.OP_MUTE, C, (9,), p.ERR_ARGS),
        (p.OP_GAIN, LINE_A, (0, 500), p.ERR_ARGS),
        (p.OP_LAMP, C, (1,), p.OK),
    ],
)
def test_commands_are_checked(host: Any, op: int, port: int, args: tuple[Any, ...], status: int) -> None:
    assert host.command(op, port, *args) == status


def test_settings_are_checked_and_their_crc_follows_them(host: Any) -> None:
    def crc(key: int, payload: bytes) -> tuple[int, int]:
        _, status, value = p.unpack(p.CFG_R, host.request(p.CFG, p.NO_PORT, p.pack(p.CFG, key, payload))[1])
        return status, value

    _, before = crc(p.CFG_DUMP, b"")
    status, after = crc(p.CFG_CPC, p.pack_args(p.CFG_KEYS, p.CFG_CPC, 200))
    assert status == p.OK and after != before
    assert crc(p.CFG_CPC, b"x")[0] == p.ERR_ARGS
    assert crc(99, b"")[0] == p.ERR_UNKNOWN
    assert crc(p.CFG_DUMP, b"") == (p.OK, after)


def test_status_comes_every_second_and_tells_the_ports(host: Any) -> None:
    host.board.handsets["C"].lift()
    host.status.clear()
    host.run(3.0)
    assert 3 <= len(host.status) <= 4
    ports, states = host.status[-1][-1], host.port_states()
    assert states[C] & p.STATE_OFFHOOK and not states[LINE_A] & p.STATE_OFFHOOK
    assert ports[1] == 48 and ports[C * 4 + 2] > 20  # volts of line A, mA of handset C


def test_ping_is_answered(host: Any) -> None:
    assert host.request(p.PING, p.NO_PORT, p.pack(p.PING, 123456789)) == (p.PONG, p.pack(p.PONG, 123456789))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=6))
def test_garbage_never_stops_the_hat(pieces: list[bytes]) -> None:
    board = Board("CA")
    for piece in pieces:
        board.receive(piece)
        assert board.tick()
    for kind in (*p.MESSAGES, 0x77):
        board.receive(frame(kind, 255, 1, 0, b"".join(pieces)[:900]))
        assert board.tick()


def test_events_get_through_noise_once_and_in_order(kit: Any) -> None:
    host = kit.host(seed=3)
    host.board.fault("noise", 1e-3)
    handset = host.board.handsets["C"]
    for _ in range(10):
        handset.lift()
        host.run(0.4)
        handset.put_down()
        host.run(1.6)
    host.board.fault("noise", 0.0)
    host.run(1.0)
    hooks = sorted((event.at, event.name) for event in host.events if event.port == C)
    assert [name for _, name in hooks] == ["HOOK_OFF", "HOOK_ON"] * 10
    assert host.board.noise_in.hits > 5 and host.board.noise_out.hits > 5


@pytest.mark.parametrize(("kind", "grows"), [("flip", 0), ("lose", -1), ("double", 1), ("insert", None)])
def test_each_kind_of_noise_does_what_it_says(kind: str, grows: int | None) -> None:
    noise, clean = LinkNoise(1), bytes(range(256)) * 40
    noise.set(0.01, (kind,))
    spoilt = b"".join(noise.spoil(clean[at : at + 97]) for at in range(0, len(clean), 97))
    assert noise.hits == pytest.approx(len(clean) / 100, rel=0.4)
    if grows is None:
        assert len(spoilt) > len(clean) + noise.hits
    else:
        assert len(spoilt) == len(clean) + grows * noise.hits
    assert spoilt != clean


def test_a_paused_line_loses_nothing(host: Any) -> None:
    host.board.fault("pause", 100)
    host.board.handsets["C"].lift()
    host.run(0.5)
    stamps = [ts for ts, *_ in host.ups]
    assert np.diff(stamps).tolist() == [p.BLOCK] * (len(stamps) - 1)
    assert host.of("HOOK_OFF")


def test_what_a_long_pause_held_back_comes_at_the_lines_own_pace(host: Any) -> None:
    """A pty would not take two seconds of four ports at once, and no serial line carries them in a block."""
    for port in range(4):
        host.command(p.OP_CID_MONITOR, port, 1)
    host.run(0.5)
    host.forget()
    host.board.fault("pause", 2000)
    sizes = []
    for _ in range(250):
        before = len(host.raw)
        host.tick()
        sizes.append(len(host.raw) - before)
    assert 1000 < max(sizes) <= 921600 / 10 * 0.02
    stamps = [ts for ts, *_ in host.ups]
    assert np.diff(stamps).tolist() == [p.BLOCK] * (len(stamps) - 1)
    assert host.board.now - stamps[-1] == p.BLOCK, "and it is caught up"


def test_the_hat_starts_anew_after_its_processor_stopped(host: Any) -> None:
    host.command(p.OP_OFFHOOK, LINE_A)
    host.run(0.5)
    host.board.fault("stop")
    host.forget()
    host.run(1.0)
    assert host.ups == [] and not host.board.lines["A"].loop.now.closed
    host.board.fault("start")
    host.run(0.2)
    assert host.ups[0][0] == 0
    assert host.command(p.OP_OFFHOOK, LINE_A) == p.ERR_STATE  # no session yet
    host.session += 1
    host.hello()
    assert host.command(p.OP_OFFHOOK, LINE_A) == p.OK
