"""Ports as call code sees them: the blocks of a HAT go in, keys, voices and taps come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from drivers.clock import SampleLoop
from drivers.link import Link
from drivers.ports.bank import PortBank
from drivers.ports.facts import Fact
from drivers.ports.port import Port
from drivers.signals import g711, levels, tones
from drivers.signals.dtmf.receiver import DtmfReceiver
from drivers.signals.line import LineModel, LineSettings
from drivers.signals.muting import LOOK_BACK
from firmware.hat import protocol as p

Samples = npt.NDArray[np.int16]
KINDS = bytes((p.FXO, p.FXO, p.FXS, p.FXS))
ALL = 0b1111
SILENT = np.zeros(p.BLOCK, np.int16)


class User:
    """Owns a port and remembers its keys."""

    state = "in use"

    def __init__(self, port: Port) -> None:
        self.keys = ""
        port.user = self
        port.listen_for_keys(True)

    def on_key(self, key: str) -> None:
        self.keys += key

    def told(self, fact: Fact) -> None: ...

    def lost(self, why: str) -> None: ...

    def dismiss(self, why: str) -> None: ...

    def on_tone(self, tone: Any) -> None: ...


class Hat:
    """Gives a bank of four ports its blocks and takes what it plays."""

    def __init__(self, loop: SampleLoop) -> None:
        link: Any = SimpleNamespace(does=Link.does)
        self.bank = PortBank(loop, link, "mu")
        self.bank.configure(KINDS, p.PLAYOUT_DELAY)
        self._link = link
        self._at = 0

    def tick(self, blocks: list[Samples], mask: int = ALL) -> dict[str, Samples]:
        """One block from each port of `mask`; what the box plays to each port in answer."""
        up = np.stack([g711.encode(block) for block in blocks], axis=1) if blocks else None
        down, codes = self._link.on_block(self._at, mask, up)
        self._at += p.BLOCK
        names = [port.name for port in self.bank.ports if down >> port.index & 1]
        return dict(zip(names, g711.decode(codes).T, strict=True)) if names else {}

    def hear(self, **sounds: Samples) -> None:
        """Sounds from ports by name, silence from the others."""
        for at in range(0, max(sound.size for sound in sounds.values()), p.BLOCK):
            self.tick([piece(sounds.get(port.name, SILENT), at) for port in self.bank.ports])


def piece(sound: Samples, at: int) -> Samples:
    block = sound[at : at + p.BLOCK]
    return np.concatenate([block, np.zeros(p.BLOCK - block.size, np.int16)])


@pytest.fixture
def on_hat() -> Iterator[Callable[[Callable[[Hat], None]], None]]:
    """Runs a test's body on the loop that play-out needs."""
    loop = SampleLoop()

    def run(body: Callable[[Hat], None]) -> None:
        async def on_loop() -> None:
            body(Hat(loop))

        loop.run_until_complete(on_loop())

    yield run
    loop.close()


def dialled(digits: str, level: float = -10.0) -> Samples:
    sound = tones.dtmf(digits, 70, 70, level).read(1120 * len(digits) + 1600)
    return np.concatenate([np.zeros(1600, np.int16), sound])


OnHat = Callable[[Callable[[Hat], None]], None]


def test_keys_pressed_at_four_ports_at_once_are_heard_at_each(on_hat: OnHat) -> None:
    def body(hat: Hat) -> None:
        said = {"A": "1590", "B": "2468", "C": "*37#", "D": "ABCD"}
        users = {port.name: User(port) for port in hat.bank.ports}
        hat.hear(**{name: dialled(digits) for name, digits in said.items()})
        assert {name: user.keys for name, user in users.items()} == said

    on_hat(body)


def test_a_port_that_does_not_listen_hears_no_keys_and_listening_starts_afresh(on_hat: OnHat) -> None:
    def body(hat: Hat) -> None:
        deaf, heard = User(hat.bank["A"]), User(hat.bank["C"])
        hat.bank["A"].listen_for_keys(False)
        hat.hear(A=dialled("123"), C=dialled("456"))
        assert (deaf.keys, heard.keys) == ("", "456")
        hat.bank["A"].listen_for_keys(True)
        hat.hear(A=dialled("7"))
        assert (deaf.keys, heard.keys) == ("7", "456")

    on_hat(body)


def test_a_port_from_before_the_hat_came_again_disturbs_no_port_of_now(on_hat: OnHat) -> None:
    def body(hat: Hat) -> None:
        before = hat.bank["A"]
        hat.bank.configure(KINDS[:2], p.PLAYOUT_DELAY)
        user = User(hat.bank["A"])
        for at in range(0, 2400, p.BLOCK):
            before.listen_for_keys(at % 320 == 0)
            hat.tick([piece(dialled("3"), at), SILENT], mask=0b11)
        assert user.keys == "3"

    on_hat(body)


def test_a_tap_sees_where_in_its_block_a_key_began_and_ended(on_hat: OnHat) -> None:
    def body(hat: Hat) -> None:
        port = hat.bank["B"]
        User(port)
        hat.hear(B=np.zeros(8000, np.int16))  # the receiver's own count is far on
        seen: list[tuple[int | None, int]] = []
        ticks = [0]

        def tap(raw: Samples, heard: Samples) -> None:
            for digit in port.digits:
                seen.append((None if digit.end is None else digit.end + ticks[0], digit.start + ticks[0]))
            ticks[0] += p.BLOCK

        port.tap(tap)
        hat.hear(B=dialled("8"))
        assert [end for end, _ in seen] == [None, pytest.approx(1600 + 560, abs=40)]
        assert [start for _, start in seen] == [pytest.approx(1600, abs=40)] * 2

    on_hat(body)


def test_what_is_recorded_of_a_port_is_free_of_its_keys_even_of_one_already_pressed(on_hat: OnHat) -> None:
    def body(hat: Hat) -> None:
        port = hat.bank["C"]
        User(port)
        held = tones.dtmf("5", 400, 0, -10.0).read(3200)
        hat.hear(C=held[:1600])
        muting = port.muting()
        given: list[Samples] = []
        port.tap(lambda raw, heard: given.append(muting.feed(heard, port.digits)))
        at = np.arange(8000)
        hum = np.rint(levels.amplitude(-30.0) * np.sin(2 * np.pi * 1000 / 8000 * at)).astype(np.int16)
        hat.hear(C=np.concatenate([held[1600:], hum, dialled("42"), hum]))
        recorded = np.concatenate(given)
        assert DtmfReceiver().feed(recorded) == []
        assert levels.dbm0(recorded[:1600]) < -60.0
        assert levels.dbm0(recorded[1700:9500]) == pytest.approx(-30.0, abs=0.5)
        assert recorded.size == 1600 + 8000 + dialled("42").size + 8000 - LOOK_BACK

    on_hat(body)


def test_a_tap_is_given_what_sounded_while_its_block_was_recorded(on_hat: OnHat) -> None:
    def body(hat: Hat) -> None:
        port = hat.bank["A"]
        line = LineModel(LineSettings(return_loss_db=6.0, echo_delay=0, noise_dbm0=-100.0, law="mu"))
        rng = np.random.default_rng(4)
        ours = rng.normal(0.0, 2000.0, 50 * p.BLOCK).astype(np.int16)
        references: list[Samples] = []
        port.tap(lambda raw, heard: references.append(port.played.copy()))
        port.play(ours)
        sounding = [SILENT] * (p.PLAYOUT_DELAY // p.BLOCK)
        for _ in range(60):
            echo = line.to_box(SILENT, sounding.pop(0))
            sounding.append(hat.tick([echo, SILENT, SILENT, SILENT]).get("A", SILENT))
        delay = p.PLAYOUT_DELAY
        assert np.array_equal(np.concatenate(references)[delay : delay + ours.size], ours)
        assert not np.concatenate(references)[:delay].any()

    on_hat(body)


def test_a_block_that_never_came_up_is_silence_for_taps_and_ends_a_key(on_hat: OnHat) -> None:
    def body(hat: Hat) -> None:
        port = hat.bank["D"]
        user = User(port)
        heard: list[Samples] = []
        port.tap(lambda raw, near: heard.append(near))
        digit = tones.dtmf("6", 60, 0, -10.0).read(480)
        hat.hear(D=digit)
        for _ in range(5):
            hat.tick([], mask=0)
        hat.hear(D=digit)
        assert user.keys == "66"
        assert not np.concatenate(heard[3:8]).any()

    on_hat(body)
