"""The exchange's circuit for one subscriber line: rings it, feeds it, listens to it, and carries its one call.

States: idle, ringing, dial (dial tone), dialling, routing (a short wait after the last digit), alerting (ringback),
talking, tone (busy, reorder or information tone until the line hangs up), parked (the far end has gone, silence;
after PARKED_S reorder tone). Every block: ``signal`` (hook, digits, times) when the loops have advanced, then
``speak`` and ``listen``.

With the flash service a flash holds the call and gives dial tone for another; the next flash joins the three, or goes
back to the first when the second is not talking; hanging up connects the two far parties with each other.
"""

from __future__ import annotations

from collections.abc import Callable

from board.virtual import farcall
from board.virtual.announce import Announcement
from board.virtual.farcall import Behaviour, Call
from board.virtual.hookwatch import DIGIT, FLASH, OFF, ON, HookFact, HookWatch, samples
from board.virtual.line import Line
from board.virtual.numbering import Decision
from board.virtual.register import Register
from board.virtual.ringer import Ringer
from board.virtual.sound import Samples, mix
from board.virtual.transfer import Transfer
from drivers.signals.countries import Country
from drivers.signals.tones import ToneSource
from firmware.hat.protocol import BLOCK, RATE

RING_TRIP_MS = 40
CLEAR_MS = 300  # a break this long clears, unless the line has the flash service (then: the flash window)
NO_DIAL_S = 20  # dial tone, and nobody dials
PARKED_S = 20
ROUTING_MS = 400  # between the last digit and ringback

IDLE, RING, DIAL, DIALLING, ROUTING, ALERTING, TALKING, TONE, PARKED = (
    "idle", "ringing", "dial", "dialling", "routing", "alerting", "talking", "tone", "parked",
)  # fmt: skip


class LineCircuit:
    """One line of ours at the exchange."""

    def __init__(
        self, line: Line, country: Country, register: Register, route: Callable[[LineCircuit, Decision, str], None]
    ) -> None:
        self.line = line
        self.state = IDLE
        self.call: Call | None = None
        self.held: Call | None = None
        self.joined = False
        """Whether the held party takes part in the talk."""
        self.transfers: list[Transfer] = []
        self.cpc_ms = country.hook.cpc_send_ms
        self._country = country
        self._route = route
        self._watch = HookWatch(RING_TRIP_MS, 0, CLEAR_MS)
        self._ringer = Ringer(line.loop, country.ring.cadence_ms)
        self._register = register
        self._now = 0
        self._deadline: int | None = None
        self._then: Callable[[], None] = lambda: None
        self._tone: ToneSource | None = None
        self._ringback: ToneSource | None = None  # what an incoming caller hears while we are rung
        self._behaviour = Behaviour()
        self._flash_service = False
        self._across: tuple[Samples | None, Samples | None] = (None, None)  # what the two far parties say

    def set_flash_service(self, on: bool) -> None:
        """Whether this line has it. Without it a break of CLEAR_MS already clears."""
        hook = self._country.hook
        self._flash_service = on
        self._watch.set_flash(*(hook.flash_min_ms, hook.flash_max_ms) if on else (0, CLEAR_MS))

    # What the far side does

    def ring(self, call: Call, announcement: Announcement) -> None:
        """Rings the line for an incoming call; the line must be idle."""
        self.call = call
        call.circuit = self
        self.state = RING
        self._ringback = ToneSource(self._country.tones["ringback"])
        self.line.pair.model.reset()
        self._ringer.start(announcement, self._now + 2 * BLOCK)  # the loop has already advanced into the next block

    def far_hangs_up(self, call: Call, how: str) -> None:
        """The far party of this circuit's call has gone."""
        if call is self.held:
            self.held, self.joined = None, False
            call.become(farcall.CLEARED, self._now, how)
            return
        if call is not self.call:
            return
        if self.joined:
            self._clear(how)
            self._take_back()
            return
        if self.state == RING:
            self._ringer.stop(self._now + BLOCK)
            self._clear("caller gave up")
            self.state = IDLE
            return
        self._clear(how)
        loop, now = self.line.loop, self._now + BLOCK
        self.state = PARKED
        self._later(PARKED_S * 1000, lambda: self._play("reorder"))
        if how == farcall.LOOP_DROP:
            loop.set_fed(now, False)
            loop.set_fed(now + samples(self.cpc_ms), True)
        elif how == farcall.REVERSAL:
            loop.set_reversed(now, not loop.now.reversed)
        elif how == farcall.BUSY_TONE:
            self._play("busy")
        elif how == farcall.REORDER_TONE:
            self._play("reorder")

    def far_answers(self, call: Call) -> None:
        """The far party of an outgoing call answers."""
        if call is not self.call or self.state != ALERTING:
            return
        self.state = TALKING
        self._tone = None
        self._deadline = None
        if self._behaviour.reversal:
            self.line.loop.set_reversed(self._now + BLOCK, True)
        call.become(farcall.CONNECTED, self._now)

    def put_through(self, call: Call | None, behaviour: Behaviour) -> None:
        """What the network found for the digits: a call that rings, or (None) the tone the behaviour tells."""
        self._behaviour = behaviour
        if call is None:
            tone = (
                "busy" if behaviour.busy else "sit" if behaviour.no_such and "sit" in self._country.tones else "reorder"
            )
            self._play(tone)
            return
        self.call = call
        call.circuit = self
        self.state = ALERTING
        self._tone = ToneSource(self._country.tones["ringback"])
        if behaviour.answer_after_s is not None:
            self._later(int(behaviour.answer_after_s * 1000), lambda: self.far_answers(call))

    # Each block

    def signal(self, start: int) -> None:
        """Takes in what the loop did in the block that starts at ``start``."""
        self._now = start
        loop = self.line.loop
        if self.state == IDLE and not loop.changes and not self._watch.busy:
            return
        for fact in self._watch.feed(loop.changes, start + BLOCK):
            self._hook(fact)
        if self._deadline is not None and start >= self._deadline:
            self._deadline = None
            self._then()
        if self.state == RING:
            self._ringer.tick(start)

    def speak(self, start: int) -> None:
        """Puts the exchange's side of the block on the pair."""
        if self.state == IDLE:
            return
        pair = self.line.pair
        if self.state == RING:
            pair.say_far(self._ringer.sound(start))
        elif not self.line.loop.now.fed:
            return
        elif self._tone is not None:
            if self._tone.done and self.state == TONE:
                self._tone = ToneSource(self._country.tones["reorder"])
            pair.say_far(self._tone.read(BLOCK))
        elif self.state == TALKING and self.call is not None:
            voice = self.call.party.speak()
            if self.held is not None and self.joined:
                other = self.held.party.speak()
                self._across = voice, other
                voice = mix(voice, other)
            pair.say_far(voice)

    def listen(self) -> None:
        """Takes the line's side of the block: digits while a number is dialled, else the far party's ear."""
        if self.state == IDLE:
            return
        if self.state in (DIAL, DIALLING):
            decision = self._register.hear(self.line.pair.hear_far())
            if decision is not None:
                self._dialled(decision)
        elif self.state == TALKING and self.call is not None:
            now = self.line.loop.now
            voice = self.line.pair.hear_far() if now.closed and now.fed else None
            if self.held is not None and self.joined:
                self.held.party.hear(mix(voice, self._across[0]))
                voice = mix(voice, self._across[1])
            self.call.party.hear(voice)
        elif self.state == RING and self.call is not None and self._ringback is not None:
            self.call.party.hear(self._ringback.read(BLOCK))

    # Hook

    def _hook(self, fact: HookFact) -> None:
        if fact.what == OFF:
            if self.state == RING:
                self._answered()
            elif self.state == IDLE:
                self._dial_tone()
        elif fact.what == ON:
            self._line_hangs_up()
        elif fact.what == DIGIT and self.state in (DIAL, DIALLING):
            self._dialled(self._register.take(str(fact.value)))
        elif fact.what == FLASH and self._flash_service:
            self._flash()

    def _flash(self) -> None:
        if self.held is None:
            if self.state == TALKING:
                self.held, self.call = self.call, None
                self._dial_tone("stutter" if "stutter" in self._country.tones else "dial")
        elif self.state == TALKING and not self.joined:
            self.joined = True
        else:
            self._clear("box")
            self._take_back()

    def _take_back(self) -> None:
        """The held call is the line's call again."""
        self.call, self.held, self.joined = self.held, None, False
        self.state = TALKING
        self._watch.pulses_only = False

    def _answered(self) -> None:
        self._ringer.stop(self._now + BLOCK)
        self._ringback = None
        self.state = TALKING
        self._deadline = None
        if self.call is not None:
            self.call.become(farcall.CONNECTED, self._now)

    def _line_hangs_up(self) -> None:
        if self.held is not None and self.call is not None:
            ringback = ToneSource(self._country.tones["ringback"])
            self.transfers.append(Transfer(self.held, self.call, ringback, self._deadline, self._now))
        else:
            for call in (self.held, self.call):
                if call is not None:
                    call.become(farcall.CLEARED, self._now, "box")
        self.call = self.held = None
        self.joined = False
        self.state = IDLE
        self._tone = None
        self._deadline = None
        self._watch.pulses_only = False
        if self.line.loop.now.reversed:
            self.line.loop.set_reversed(self._now + BLOCK, False)

    def _clear(self, why: str) -> None:
        call, self.call = self.call, None
        self._tone = None
        self._deadline = None
        if call is not None:
            call.become(farcall.CLEARED, self._now, why)

    # Dialling

    def _dial_tone(self, tone: str = "dial") -> None:
        self.state = DIAL
        self._watch.pulses_only = True
        self._register.reset()
        self.line.pair.model.reset()
        self._tone = ToneSource(self._country.tones[tone])
        self._later(NO_DIAL_S * 1000, lambda: self._play("reorder"))

    def _dialled(self, decision: Decision) -> None:
        self.state = DIALLING
        self._tone = None
        self._later(decision.after_ms, lambda: self._complete(decision))
        if decision.after_ms == 0:
            self._complete(decision)

    def _complete(self, decision: Decision) -> None:
        self.state = ROUTING
        self._watch.pulses_only = False
        self._later(ROUTING_MS, lambda: self._route(self, decision, self._register.digits))

    def _play(self, tone: str) -> None:
        self.state = TONE
        self._deadline = None
        self._watch.pulses_only = False
        self._tone = ToneSource(self._country.tones[tone])

    def _later(self, ms: int, then: Callable[[], None]) -> None:
        self._deadline = self._now + ms * RATE // 1000
        self._then = then
