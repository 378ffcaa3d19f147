"""A voice modem as a line of the box: the port and leg of call code on a virtual modem behind a pty.

The virtual modem runs several times faster than a line; the box's own 20 ms ticks take their time, so calls are short.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import numpy as np
import pytest

from board.virtual.modem import CONEXANT, USR5637, Profile, VirtualModem
from drivers.clock import SampleLoop
from drivers.link import CommandRefused, LinkLost
from drivers.modem import ModemLink
from drivers.modem.channel import ModemError
from drivers.ports import facts
from drivers.ports.bank import PortBank
from drivers.ports.facts import Fact
from drivers.ports.port import Port
from drivers.signals import levels
from drivers.signals.tones import dtmf
from firmware.hat import protocol as p
from firmware.supervisor.calls.endings import Gone
from firmware.supervisor.calls.legs import Leg

Samples = np.ndarray[Any, np.dtype[np.int16]]


def tone(hz: float, seconds: float, dbm0: float = -15.0) -> Samples:
    t = np.arange(int(8000 * seconds)) / 8000
    return np.asarray(levels.amplitude(dbm0) * np.sin(2 * np.pi * hz * t), np.int16)


@pytest.fixture
def modem(request: pytest.FixtureRequest) -> Iterator[VirtualModem]:
    """A USR5637, unless the test asks for another."""
    profile: Profile = getattr(request, "param", USR5637)
    modem = VirtualModem(profile, pace=0.004)
    yield modem
    modem.close()


both = pytest.mark.parametrize("modem", [USR5637, CONEXANT], ids=lambda profile: profile.name, indirect=True)


class Box:
    """A loop, the modem in the HAT's place, and the bank of ports on it."""

    def __init__(self, loop: SampleLoop, modem: VirtualModem) -> None:
        self.loop = loop
        self.modem = modem
        self.link = ModemLink(loop, modem.device, "mu")
        self.bank = PortBank(loop, self.link, "mu")
        self.facts: list[Fact] = []
        self.bank.on_fact = lambda port, fact: self.facts.append(fact)
        self.lost: asyncio.Queue[str] = asyncio.Queue()
        self.link.on_lost = self.lost.put_nowait

    async def connect(self) -> Port:
        hello = await self.link.connect()
        self.bank.configure(hello.kinds, hello.playout_delay)
        (port,) = self.bank.lines
        return port

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.01)

    async def done(self, condition: Callable[[VirtualModem], bool]) -> None:
        await asyncio.to_thread(self.modem.wait, condition)


def play(modem: VirtualModem, story: Callable[[Box], Awaitable[None]]) -> None:
    """Runs a story against the modem; everything is closed whatever happens."""
    loop = SampleLoop()

    async def told() -> None:
        box = Box(loop, modem)
        try:
            async with asyncio.timeout(20):
                await story(box)
        finally:
            box.link.close()

    try:
        loop.run_until_complete(told())
    finally:
        loop.close()


def heard(modem: VirtualModem, hz: float) -> float:
    """Level of one frequency in all that was played, dBm0, over the parts that sound."""
    sound = np.concatenate(modem.played).astype(float)
    loud = np.abs(sound) > 200
    span = sound[np.flatnonzero(loud)[0] : np.flatnonzero(loud)[-1]]
    t = np.arange(len(span)) / 8000
    amplitude = 2 * abs(np.mean(span * np.exp(-2j * np.pi * hz * t)))
    return float(20 * np.log10(amplitude / levels.amplitude(0.0)))


@both
def test_it_is_set_up_as_its_chip_set_wants(modem: VirtualModem) -> None:
    async def story(box: Box) -> None:
        port = await box.connect()
        assert port.kind == "line"
        assert modem.profile.identity in box.link.hello.uid
        assert modem.commands[1:6] == ["ATZ", "ATE0V1", "ATI3", "AT+FCLASS=?", "AT+FCLASS=8"]
        assert modem.commands[-2:] == ["AT+VCID=1", "AT+VLS=0"]

    play(modem, story)


def test_each_ring_begins_and_ends(modem: VirtualModem) -> None:
    async def story(box: Box) -> None:
        port = await box.connect()
        modem.ring()
        await box.until(lambda: port.ringing)
        await box.until(lambda: not port.ringing)
        assert [type(fact) for fact in box.facts] == [facts.RingBegan, facts.RingEnded]

    play(modem, story)


@pytest.mark.parametrize(
    ("number", "name", "expected"),
    [
        ("5145550123", "PAUL ROY", ("5145550123", "PAUL ROY", None)),
        ("P", "", (None, None, "private")),
        ("O", "O", (None, None, "unavailable")),
    ],
)
def test_a_caller_is_told_in_words(
    modem: VirtualModem, number: str, name: str, expected: tuple[str | None, str | None, str | None]
) -> None:
    async def story(box: Box) -> None:
        port = await box.connect()
        assert port.does.tells_the_caller and not port.does.full_duplex
        modem.ring()
        await box.until(lambda: any(isinstance(fact, facts.RingBegan) for fact in box.facts))
        modem.caller_id(number, name)
        await box.until(lambda: any(isinstance(fact, facts.Caller) for fact in box.facts))
        (said,) = [fact.message for fact in box.facts if isinstance(fact, facts.Caller)]
        assert (said.number, said.name, said.reason) == expected
        assert said.date == "03-02 15:10"

    play(modem, story)


@both
def test_a_call_is_answered_greeted_recorded_and_hung_up(modem: VirtualModem) -> None:
    async def story(box: Box) -> None:
        port = await box.connect()
        modem.ring()
        await box.until(lambda: port.ringing)
        leg = Leg(port)
        await port.do(p.OP_OFFHOOK)
        assert modem.off_hook
        await leg.say(tone(600, 0.4))
        await leg.pause(0.4)
        recorded: list[Samples] = []
        await box.done(lambda one: one.state == "record")
        port.tap(lambda raw, cancelled: recorded.append(raw))
        modem.say(tone(1700, 0.5, -12.0))
        modem.say(dtmf("#", on_ms=80, off_ms=80, level_dbm0=-10.0).read(1280))
        assert await leg.key(5.0) == "#"
        await port.do(p.OP_ONHOOK)
        assert not modem.off_hook
        sound = np.concatenate(recorded)
        loud = sound[np.abs(sound.astype(int)) > 2000]
        assert len(loud) > 2000, "the message was recorded"
        leg.release()

    play(modem, story)
    assert heard(modem, 600) == pytest.approx(-15.0, abs=1.0)
    assert modem.cancelled == 0


@pytest.mark.parametrize(
    "modem", [Profile("16 bits", "A linear modem", "8", USR5637.forms[1:2], {129: "s16"})], indirect=True
)
def test_sixteen_bit_sound_is_taken_at_the_right_byte(modem: VirtualModem) -> None:
    async def story(box: Box) -> None:
        leg = Leg(await box.connect())
        recorded: list[Samples] = []
        leg.port.tap(lambda raw, cancelled: recorded.append(raw))
        modem.say(tone(1000, 0.5))
        await leg.port.do(p.OP_OFFHOOK)
        await box.until(lambda: any(block.any() for block in recorded) and not recorded[-1].any())
        leg.release()
        sound = np.concatenate(recorded)[:4000].astype(float)
        wanted = tone(1000, 0.5).astype(float)
        assert np.corrcoef(sound[np.flatnonzero(sound)[0] :][:3000], wanted[1:][:3000])[0, 1] > 0.99

    play(modem, story)


def test_several_prompts_in_a_row_are_played_in_one_go(modem: VirtualModem) -> None:
    async def story(box: Box) -> None:
        leg = Leg(await box.connect())
        await leg.port.do(p.OP_OFFHOOK)
        await leg.say(tone(500, 0.2))
        await leg.say(tone(900, 0.2))
        await leg.pause(0.5)
        await box.done(lambda one: bool(one.played))
        assert len(modem.played) == 1
        assert len(modem.played[0]) >= 0.4 * 8000
        leg.release()

    play(modem, story)


@both
def test_a_key_pressed_into_a_prompt_stops_it(modem: VirtualModem) -> None:
    async def story(box: Box) -> None:
        leg = Leg(await box.connect())
        await leg.port.do(p.OP_OFFHOOK)
        saying = asyncio.ensure_future(leg.say(tone(500, 30.0)))
        await box.done(lambda one: one.state == "play")
        modem.tell("1")
        played = await saying
        assert played < 10 * 8000
        assert await leg.key(1.0) == "1"
        leg.release()

    play(modem, story)


def test_hanging_up_drops_what_the_modem_has_not_played_yet(modem: VirtualModem) -> None:
    async def story(box: Box) -> None:
        leg = Leg(await box.connect())
        await leg.port.do(p.OP_OFFHOOK)
        saying = asyncio.ensure_future(leg.say(tone(500, 30.0)))
        await box.done(lambda one: one.state == "play")
        await leg.port.do(p.OP_ONHOOK)
        assert modem.cancelled == 1
        assert not modem.off_hook
        saying.cancel()
        leg.release()

    play(modem, story)


@pytest.mark.parametrize("state", ["play", "record"])
def test_the_far_end_is_gone_when_the_loop_opens(modem: VirtualModem, state: str) -> None:
    async def story(box: Box) -> None:
        leg = Leg(await box.connect())
        await leg.port.do(p.OP_OFFHOOK)
        waiting = asyncio.ensure_future(leg.say(tone(500, 30.0)) if state == "play" else leg.pause(30.0))
        await box.done(lambda one: one.state == state)
        modem.tell("l")
        with pytest.raises(Gone) as gone:
            await waiting
        assert (gone.value.by, gone.value.why.id) == ("far end", "loop drop")
        leg.release()

    play(modem, story)


def test_a_telephone_lifted_beside_the_modem_is_a_line_in_use(modem: VirtualModem) -> None:
    async def story(box: Box) -> None:
        leg = Leg(await box.connect())
        await leg.port.do(p.OP_OFFHOOK)
        await box.done(lambda one: one.state == "record")
        modem.tell("H")
        await box.until(lambda: leg.port.in_use)
        modem.tell("h")
        await box.until(lambda: not leg.port.in_use)
        leg.release()

    play(modem, story)


def test_a_modem_pulled_out_in_a_call_is_told_once(modem: VirtualModem) -> None:
    async def story(box: Box) -> None:
        leg = Leg(await box.connect())
        await leg.port.do(p.OP_OFFHOOK)
        await box.done(lambda one: one.state == "record")
        modem.unplug()
        assert "has gone" in await box.lost.get()
        with pytest.raises(LinkLost):
            await leg.port.do(p.OP_ONHOOK)
        assert box.lost.empty()
        assert not box.link.up

    play(modem, story)


def test_a_modem_that_falls_silent_is_told(modem: VirtualModem) -> None:
    async def story(box: Box) -> None:
        leg = Leg(await box.connect())
        await leg.port.do(p.OP_OFFHOOK)
        await box.done(lambda one: one.state == "record")
        modem.deaf = True
        assert "records and sends nothing" in await box.lost.get()

    play(modem, story)


@both
@pytest.mark.parametrize("state", ["play", "record"])
def test_a_modem_left_in_a_call_by_a_box_that_died_is_taken_back(modem: VirtualModem, state: str) -> None:
    async def dies(box: Box) -> None:
        leg = Leg(await box.connect())
        await leg.port.do(p.OP_OFFHOOK)
        if state == "play":
            leg.port.play(tone(500, 30.0))
        await box.done(lambda one: one.state == state)

    async def starts(box: Box) -> None:
        await box.connect()
        assert not modem.off_hook

    play(modem, dies)
    assert modem.off_hook
    play(modem, starts)


def test_after_a_loss_it_connects_again(modem: VirtualModem) -> None:
    async def story(box: Box) -> None:
        leg = Leg(await box.connect())
        await leg.port.do(p.OP_OFFHOOK)
        await box.done(lambda one: one.state == "record")
        modem.deaf = True
        await box.lost.get()
        leg.release()
        modem.deaf = False
        port = await box.connect()
        assert not modem.off_hook
        leg = Leg(port)
        await port.do(p.OP_OFFHOOK)
        await leg.say(tone(700, 0.1))
        leg.release()

    play(modem, story)


@pytest.mark.parametrize("op", [p.OP_LINEFEED, p.OP_BRIDGE, p.OP_LOOPBACK])
def test_what_only_a_hat_can_do_is_refused(modem: VirtualModem, op: int) -> None:
    async def story(box: Box) -> None:
        port = await box.connect()
        with pytest.raises(CommandRefused):
            await port.do(op, 1)
        await port.do(p.OP_CID_MONITOR, 1)

    play(modem, story)


def test_a_flash_and_pulse_digits_are_the_modems_own(modem: VirtualModem) -> None:
    async def story(box: Box) -> None:
        port = await box.connect()
        await port.do(p.OP_OFFHOOK)
        await port.do(p.OP_FLASH, 300)
        await port.do(p.OP_PULSE, b"12;3")
        assert "ATD!;" in modem.commands
        assert "ATDP123;" in modem.commands

    play(modem, story)


def test_a_fax_modem_without_voice_is_refused_by_name() -> None:
    plain = Profile("plain", "A data modem", "0,1,2", USR5637.forms, USR5637.widths)
    modem = VirtualModem(plain)

    async def story(box: Box) -> None:
        with pytest.raises(ModemError, match="no voice modem, it knows the classes 0,1,2"):
            await box.connect()

    try:
        play(modem, story)
    finally:
        modem.close()
