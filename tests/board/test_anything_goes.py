"""Whatever the Pi commands and people do, in any order: the board goes on, and its books stay in order."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from board.virtual.board import Board
from board.virtual.farcall import CLEARINGS, Behaviour
from firmware.hat import protocol as p
from firmware.hat.cobs import Splitter, frame, parse

COMMANDS = st.tuples(
    st.just("command"),
    st.sampled_from(sorted(p.OPS)),
    st.integers(0, 4),
    st.binary(min_size=0, max_size=9),
)
SENSIBLE = st.tuples(
    st.just("command"),
    st.sampled_from(
        [p.OP_OFFHOOK, p.OP_ONHOOK, p.OP_CID_MONITOR, p.OP_RING, p.OP_RING_STOP, p.OP_BRIDGE, p.OP_UNBRIDGE]
    ),
    st.integers(0, 3),
    st.sampled_from([b"", b"\0", b"\1", bytes((0, 2)), bytes((1, 3)), bytes((2, 3))]),
)
PEOPLE = st.tuples(
    st.sampled_from(["call", "hang up", "answer", "lift", "put down", "dial", "flash", "say", "fault", "wait"]),
    st.sampled_from("AB"),
    st.sampled_from("CD"),
    st.integers(0, 60),
)


def act(board: Board, what: str, line: str, handset: str, number: int) -> None:
    """One thing somebody does; what is not possible now is refused with ValueError."""
    calls = board.exchange.calls
    phone = board.handsets[handset]
    try:
        if what == "call":
            board.exchange.call(line, "+15145550123")
        elif what == "hang up" and calls:
            calls[number % len(calls)].hang_up(CLEARINGS[number % len(CLEARINGS)])
        elif what == "answer" and calls:
            calls[number % len(calls)].answer()
        elif what == "lift":
            phone.lift()
        elif what == "put down":
            phone.put_down()
        elif what == "dial":
            phone.dial(str(number), pulse=bool(number % 2), wait_ms=0)
        elif what == "flash":
            phone.flash(20 * number)
        elif what == "say":
            phone.party.press("1")
        elif what == "fault":
            board.fault(("cut", "mend", "stop", "start", "pause", "noise")[number % 6], (number % 3) * 1e-3, line)
        elif what == "wait":
            for _ in range(number * 3):
                board.tick()
    except ValueError:
        pass


@settings(max_examples=80, deadline=None)
@given(st.lists(COMMANDS | SENSIBLE | PEOPLE, max_size=30), st.booleans())
def test_anything_goes(actions: list[tuple[Any, ...]], services: bool) -> None:
    board = Board("CA", 1)
    board.exchange.set_call_waiting(services)
    board.exchange.own_numbers = {"A": "1", "B": "2"} if services else {}
    board.exchange.subscribers = {"3": Behaviour(0.5), "4": Behaviour(busy=True), "5": Behaviour(None)}
    board.receive(frame(p.HELLO, p.NO_PORT, 1, 0, p.pack(p.HELLO, p.VERSION, 1)))
    splitter = Splitter()
    hooks: dict[int, list[str]] = {2: [], 3: []}
    seen: set[int] = set()
    for seq, (what, *rest) in enumerate(actions, 2):
        if what == "command":
            op, port, data = rest
            board.receive(frame(p.CMD, port, seq, 0, p.pack(p.CMD, op, 0, data)))
        else:
            act(board, what, *rest)
        for _ in range(8):
            for piece in splitter.feed(board.tick()):
                if board.noise_out.rate or not board.hat.running:
                    continue
                kind, port, number, _, payload = parse(piece)
                if kind == p.EVENT and number not in seen:
                    seen.add(number)
                    name = p.EVENTS[p.unpack(kind, payload)[0]][0]
                    if name.startswith("HOOK"):
                        hooks[port].append(name)
                    board.receive(frame(p.ACK, port, number, 0, p.pack(p.ACK, p.EVENT, number, 0)))
    for line, circuit in board.exchange.circuits.items():
        own = [call for call in board.exchange.calls if call.line == line and call.circuit is circuit]
        talking = [circuit.talk.call, circuit.talk.held, circuit.talk.waiting and circuit.talk.waiting.call]
        assert sorted(map(id, own)) == sorted(id(call) for call in talking if call is not None)
    if not any(what == "fault" for what, *_ in actions):
        for names in hooks.values():
            assert names == [("HOOK_OFF", "HOOK_ON")[at % 2] for at in range(len(names))]
