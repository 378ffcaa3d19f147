"""How quickly the box answers a person: whole calls on the virtual board, by the sample clock at people's ears.

Peers: none on this input; the targets of the product's manners are beside the figures in docs/benchmarks.md.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from board.virtual.farcall import CONNECTED, Behaviour, Call
from board.virtual.party import Party
from board.virtual.voices import from_text
from drivers.signals.tones import ToneSource
from drivers.signals.tonespec import parse
from firmware.hat.protocol import BLOCK, RATE
from tools.scenario.script import Contact
from tools.scenario.stage import Stage

Samples = npt.NDArray[Any]

COMMAND: Final = "python -m tools.bench dialog"
CLOCK: Final = datetime.fromisoformat("2026-03-02T10:00:00-05:00")
MOBILE: Final = "+15145550177"
TONES: Final = (400, 800, 1200)
LOUD: Final = 300.0  # root mean square of a block: a voice, no noise
PATIENCE_S: Final = 40.0
CALLS: Final = 5


class Ear:
    """What one party hears, a block at a time, by the board's clock."""

    def __init__(self, stage: Stage, party: Party) -> None:
        self._stage = stage
        self._blocks: list[tuple[int, Samples]] = []
        party.on_block.append(self._hear)

    def _hear(self, _: Party, block: Samples) -> None:
        self._blocks.append((self._stage.board.now, block.astype(np.float64)))

    def sounds(self, since: int, like: Callable[[Samples], bool]) -> int:
        """When it first heard something like that at or after ``since``. Raises AssertionError if it never did."""
        for at, block in self._blocks:
            if at >= since and like(block):
                return at
        raise AssertionError("it was not heard")


def loud(block: Samples) -> bool:
    """A voice, no noise."""
    return float(np.sqrt(np.mean(block**2))) > LOUD


def quiet(block: Samples) -> bool:
    """No voice."""
    return not loud(block)


def a_friend(block: Samples) -> bool:
    """What the two people say in a trial: three tones, and neither music nor a prompt."""
    power = np.abs(np.fft.rfft(block * np.hanning(block.size))) ** 2
    lines = [power[max(0, at - 1) : at + 2].sum() for at in (round(hz * block.size / RATE) for hz in TONES)]
    return loud(block) and bool(sum(lines) > 0.7 * power.sum()) and bool(min(lines) > 0.05 * power.sum())


class Trial:
    """One office in a meeting, with a mobile on the second line, and a caller whom it knows."""

    def __init__(self, folder: Path, seed: int) -> None:
        settings = {"status": "meeting", "reach.mobile": MOBILE}
        contact = Contact(0, "Paul Roy", "", "", "", "", (("mobile", "+15145550188"),))
        self.stage = Stage(folder, settings, [contact], clock=CLOCK, seed=seed)
        self.mobile: list[Call] = []
        self.stage.board.exchange.subscribers[MOBILE] = Behaviour(answer_after_s=3.0, on_call=self.mobile.append)
        self.stage.start()
        self.run(1.0)

    def run(self, seconds: float) -> None:
        """So much time of the telephone."""
        for _ in range(round(seconds * RATE / BLOCK)):
            self.stage.tick()

    def until(self, so: Callable[[], bool]) -> int:
        """When it was so. Raises AssertionError after PATIENCE_S."""
        for _ in range(round(PATIENCE_S * RATE / BLOCK)):
            if so():
                return self.stage.board.now
            self.stage.tick()
        raise AssertionError("it did not come to that")

    def close(self) -> None:
        self.stage.close()


def run() -> list[dict[str, Any]]:
    """The worst of CALLS calls, each on a fresh box."""
    found: dict[str, list[float]] = {}
    for seed in range(1, CALLS + 1):
        with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
            for what, ms in one_call(Path(folder) / "box", seed).items():
                found.setdefault(what, []).append(ms)
    return [
        {"what": what, "ours": max(times), "peer": None, "unit": f"ms, worst of {CALLS} calls", "command": COMMAND}
        for what, times in found.items()
    ]


def one_call(folder: Path, seed: int) -> dict[str, float]:
    """Milliseconds that a caller, and somebody at a mobile, wait for the box."""
    trial = Trial(folder, seed)
    try:
        board = trial.stage.board
        paul = board.exchange.call("A", "+15145550188", "Paul Roy")
        caller = Ear(trial.stage, paul.party)
        answered = trial.until(lambda: paul.state == CONNECTED)
        trial.run(6.0)  # well into the greeting
        pressed = board.now
        paul.party.press("1")
        rings = trial.until(lambda: any(handset.ringing for handset in board.handsets.values()))
        trial.until(lambda: bool(trial.mobile) and trial.mobile[0].state == CONNECTED)
        anna = trial.mobile[0]
        mobile = Ear(trial.stage, anna.party)
        picked_up = board.now
        anna.party.say(from_text("hello, anna martin"))
        trial.run(6.0)
        accepted = board.now
        anna.party.press("1", on_ms=80, off_ms=20)
        for party in (anna.party, paul.party):
            party.say(_voice(3.0))
        trial.run(3.0)
    finally:
        trial.close()
    return {
        "answer to the first word at the caller's ear": _ms(answered, caller.sounds(answered, loud)),
        "a key pressed to the end of the prompt": _ms(pressed, caller.sounds(pressed + 5 * BLOCK, quiet)),
        "important by key to a handset ringing": _ms(pressed, rings),
        "somebody spoke at the mobile to hearing who calls": _ms(picked_up, mobile.sounds(picked_up, loud)),
        "key at the mobile to the caller hearing it": _ms(accepted, caller.sounds(accepted, a_friend)),
        "key at the mobile to it hearing the caller": _ms(accepted, mobile.sounds(accepted, a_friend)),
    }


def _voice(seconds: float) -> Samples:
    samples: Samples = ToneSource(parse("+".join(map(str, TONES)) + "@-16")).read(round(seconds * RATE))
    return samples


def _ms(since: int, at: int) -> float:
    return round((at - since) * 1000 / RATE, 1)
