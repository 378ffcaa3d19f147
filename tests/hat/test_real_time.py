"""One full call in real time with the firmware on MicroPython: board and box as processes, as ``make run`` has them.

Nothing here looks at a clock but to give up: a loaded machine is slow, and the order of things is the same.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from board.virtual import voices
from board.virtual.mcu import interpreter
from tests.faults.real_time import PATIENCE_S, RealBox
from tests.faults.test_hat_killed import box as box  # the fixture
from tools.scenario.ears import Heard, Search, template
from tools.scenario.log import read_log
from tools.scenario.voices import write_wav

pytestmark = pytest.mark.skipif(
    interpreter.command() is None, reason="no MicroPython on this machine (python -m tools.mpy)"
)
WORDS = "Hello, this is Paul Roy. Please call me back about the contract before Friday."


PART = 4000  # samples of what was said that are looked for at a time: 0.5 s
ENOUGH = 0.7  # of the parts: a machine that stops for a moment drops blocks, and the parts they were in


def recorded(home: Path) -> int:
    """Bytes, which are samples, of the recording that grows."""
    return sum(path.stat().st_size for path in (home / "recordings").rglob("*.wav*"))


def parts_heard(recording: voices.Samples, said: voices.Samples) -> list[bool]:
    """Of each half second of what was said, whether the recording holds it, in order; silence is left out."""
    heard = Heard()
    heard.put(800, recording)  # a recording may begin within the first word
    heard.advance(recording.size + 8800)
    found, since = [], 0
    for at in range(0, said.size - PART, PART):
        part = said[at : at + PART]
        try:
            wanted = template("half a second", part)
        except ValueError:
            continue  # too little is said in it to be told
        match = Search(heard, wanted, since).poll(last=True)
        found.append(match is not None)
        since = since if match is None else match.start
    return found


def test_a_caller_leaves_a_message_in_real_time(box: RealBox) -> None:
    home = box.home
    said = voices.from_text(WORDS)
    write_wav(home / "said.wav", np.tile(said, 8))  # over and over: the hang-up falls into the message, early or late
    second = box.edges("mcu_alive")  # the HAT's own sign of life: one edge a second
    assert "rings" in box.console.tell(f"call from +15145550188 named ROY on A saying {home / 'said.wav'}")
    box.watch.until(lambda told: told.lines["A"] == "ringing")
    box.watch.until(lambda told: told.lines["A"] == "in use")
    while recorded(home) <= said.size + 8000:
        second.get(timeout=PATIENCE_S)
    assert "hangs up" in box.console.tell("hang up A")
    box.watch.until(lambda told: [call["outcome"] for call in told.calls.values()] == ["message"])
    kept = read_log(home)
    (call,), (message,) = kept.calls, kept.messages
    assert (call["direction"], call["line"], call["number"]) == ("in", "A", "+15145550188")
    assert call["hung_up_by"] == "far end"
    kinds = [event["kind"] for event in kept.events]
    order = [kinds.index(kind) for kind in ("ring", "prompt", "end")]
    assert order == sorted(order), kinds
    assert (message["number"], message["recording"], message["state"]) == ("+15145550188", "finished", "new")
    found = parts_heard(kept.sound[message["id"]], said)
    assert len(found) >= 6 and sum(found) >= ENOUGH * len(found), found
