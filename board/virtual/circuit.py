"""The exchange's circuit for one subscriber line: rings it, feeds it, listens to it, and carries its one call.

States: idle, ringing, seized (off hook, no dial tone yet: what is dialled is lost), dial (dial tone), dialling, routing
(a short wait after the last digit), alerting (ringback), talking, tone (busy, reorder or information tone until the
line hangs up), parked (the far end has gone, silence; after PARKED_S reorder tone). Every block: ``signal`` (hook,
digits, times) when the loops have advanced, then ``speak`` and ``listen``.

With the flash service a flash holds the call and gives dial tone for another; the next flash joins the three, or goes
back to the first when the second is not talking; hanging up connects the two far parties with each other. With call
waiting a second caller is announced in mid-call; a flash takes it, further ones swap the two; hanging up rings the line
for the one who is left.
"""

from __future__ import annotations

from collections.abc import Callable

from board.virtual import farcall
from board.virtual.announce import Announcement
from board.virtual.callwaiting import Waiting
from board.virtual.farcall import Behaviour, Call
from board.virtual.hookwatch import DIGIT, FLASH, OFF, ON, HookFact, HookWatch, samples
from board.virtual.line import Line
from board.virtual.linekinds import KINDS, FarPath, LineKind
from board.virtual.loop import Ringing
from board.virtual.numbering import Decision
from board.virtual.register import Register
from board.virtual.ringer import Ringer
from board.virtual.sound import SILENCE
from board.virtual.talk import Talk
from board.virtual.transfer import Transfer
from drivers.signals.countries import Country
from drivers.signals.tones import ToneSource
from firmware.hat.protocol import BLOCK, RATE

RING_TRIP_MS = 40
CLEAR_MS = 300  # a break this long clears, unless the line has the flash service (then: the flash window)
NO_DIAL_S = 20  # dial tone, and nobody dials
PARKED_S = 20
ROUTING_MS = 400  # between the last digit and ringback
DIAL_TONE_AFTER_MS = 200  # from off hook until the exchange is ready for digits

IDLE, RING, SEIZED, DIAL, DIALLING, ROUTING, ALERTING, TALKING, TONE, PARKED = (
    "idle", "ringing", "seized", "dial", "dialling", "routing", "alerting", "talking", "tone", "parked",
)  # fmt: skip


class LineCircuit:
    """One line of ours at the exchange."""

    def __init__(
        self, line: Line, country: Country, register: Register, route: Callable[[LineCircuit, Decision, str], None]
    ) -> None:
        self.line = line
        self.state = IDLE
        self.talk = Talk()
        self.transfers: list[Transfer] = []
        self.cpc_ms = country.hook.cpc_send_ms
        self._country = country
        self._kind = KINDS["exchange"]
        self._far: FarPath | None = None
        self._route = route
        self._watch = HookWatch(RING_TRIP_MS, 0, CLEAR_MS)
        self.ringer = Ringer(line.loop, country.ring.cadence_ms)
        self._register = register
        self._now = 0
        self._deadline: int | None = None
        self._then: Callable[[], None] = lambda: None
        self._tone: ToneSource | None = None
        self._ringback: ToneSource | None = None  # what an incoming caller hears while we are rung
        self._behaviour = Behaviour()
        self._flash_service = False
        self.call_waiting = False
        self.dial_tone_after_ms = DIAL_TONE_AFTER_MS
        self.dial_tone_heard = True  # False: a router port that listens for digits in silence

    def set_kind(self, kind: LineKind, country: Country) -> None:
        """What the line hangs on, and the country as it is met there."""
        self._kind, self._country = kind, country
        self._far = FarPath(kind) if kind.round_trip_ms else None
        self._register.ends = kind.number_ends

    def set_flash_service(self, on: bool) -> None:
        """Whether this line has it. Without it a break of CLEAR_MS already clears."""
        hook = self._country.hook
        self._flash_service = on
        self._watch.set_flash(*(hook.flash_min_ms, hook.flash_max_ms) if on else (0, CLEAR_MS))

    # What the far side does

    def offer(self, call: Call, announcement: Announcement) -> bool:
        """A caller wants the line: it rings, or tells of the caller in mid-call; False if it is busy."""
        now = self.line.loop.now
        if self.state == IDLE and not now.closed and now.fed:
            self._ring(call, announcement)
            return True
        talk = self.talk
        if self.state == TALKING and self.call_waiting and talk.held is None and talk.waiting is None:
            call.circuit = self
            talk.waiting = Waiting(call, self._country, announcement.waiting, self._now + BLOCK)
            return True
        return False

    def _ring(self, call: Call, announcement: Announcement) -> None:
        self.talk.call = call
        call.circuit = self
        self.state = RING
        self._ringback = ToneSource(self._country.tones["ringback"])
        self.line.pair.model.reset()
        self.ringer.start(announcement, self._now + 2 * BLOCK)  # the loop has already advanced into the next block

    def far_hangs_up(self, call: Call, how: str) -> None:
        """The far party of this circuit's call has gone."""
        how = self._kind.tells.get(how, how)
        talk = self.talk
        if talk.aside(call, how, self._now) or call is not talk.call:
            return
        if self.state == RING:
            self.ringer.stop(self._now + BLOCK)
            talk.end("caller gave up", self._now)
            self.state = IDLE
            return
        talk.end(how, self._now)
        if talk.joined:
            self._talk_on()
            return
        self._tone = None
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
        if call is not self.talk.call or self.state != ALERTING:
            return
        self.state = TALKING
        self._tone = None
        self._deadline = None
        if self._behaviour.reversal and self._kind.reverses:
            self.line.loop.set_reversed(self._now + BLOCK, True)
        call.become(farcall.CONNECTED, self._now)

    def put_through(self, call: Call | None, behaviour: Behaviour) -> None:
        """What the network found for the digits: a call that rings, or (None) the tone the behaviour tells."""
        self._behaviour = behaviour
        if call is None:
            informed = behaviour.no_such and "sit" in self._country.tones
            self._play("busy" if behaviour.busy else "sit" if informed else "reorder")
            return
        self.talk.call = call
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
            self.ringer.tick(start)

    def speak(self, start: int) -> None:
        """Puts the exchange's side of the block on the pair."""
        if self.state == IDLE:
            return
        pair = self.line.pair
        if self.state == RING:
            pair.say_far(self.ringer.sound(start))
        elif not self.line.loop.now.fed:
            return
        elif self._tone is not None:
            if self._tone.done and self.state == TONE:
                self._tone = ToneSource(self._country.tones["reorder"])
            pair.say_far(self._tone.read(BLOCK))
        elif self.state in (TALKING, PARKED):
            voice = self.talk.speak(start)
            pair.say_far(voice if self._far is None else self._far.back(voice))

    def listen(self) -> None:
        """Takes the line's side of the block: digits while a number is dialled, else the far party's ear."""
        if self.state == IDLE:
            return
        if self.state in (DIAL, DIALLING):
            decision = self._register.hear(self.line.pair.hear_far())
            if decision is not None:
                self._dialled(decision)
        elif self.state in (TALKING, PARKED):
            now = self.line.loop.now
            heard = self.line.pair.hear_far() if now.closed and now.fed else None
            self.talk.hear(
                self._now, heard if self._far is None else self._far.there(SILENCE if heard is None else heard)
            )
        elif self.state == RING and self.talk.call is not None and self._ringback is not None:
            self.talk.call.party.hear(self._ringback.read(BLOCK))

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
        talk = self.talk
        if talk.waiting is not None:
            talk.take_waiting(self._now)
            self._talk_on()
        elif talk.held is None:
            if self.state == TALKING:
                talk.hold()
                self._dial_tone("stutter" if "stutter" in self._country.tones else "dial")
        elif self.state != TALKING or talk.joined:
            talk.end("box", self._now)
            self._talk_on()
        elif talk.alternating:
            talk.swap()
        else:
            talk.joined = True

    def _talk_on(self) -> None:
        """Sound goes through again, to the held call where there is no other."""
        if self.talk.call is None:
            self.talk.take_back()
        self.state = TALKING
        self._tone = None
        self._deadline = None
        self._watch.pulses_only = False

    def _answered(self) -> None:
        self.ringer.stop(self._now + BLOCK)
        self._ringback = None
        self._talk_on()
        if self.talk.call is not None:
            self.talk.call.become(farcall.CONNECTED, self._now)

    def _line_hangs_up(self) -> None:
        talk, self.talk = self.talk, Talk()
        self._tone = None
        self.state = IDLE
        self._watch.pulses_only = False
        if self.line.loop.now.reversed:
            self.line.loop.set_reversed(self._now + BLOCK, False)
        if talk.held is not None and talk.call is not None and not talk.alternating:
            ringback = ToneSource(self._country.tones["ringback"])
            self.transfers.append(Transfer(talk.held, talk.call, ringback, self._deadline, self._now))
            self._deadline = None
            return
        self._deadline = None
        talk.end("box", self._now)
        left = talk.held if talk.alternating else talk.waiting.call if talk.waiting is not None else None
        if left is not None:
            self._ring(left, Announcement(Ringing(self._country.ring.hz)))
        elif talk.held is not None:
            talk.aside(talk.held, "box", self._now)

    # Dialling

    def _dial_tone(self, tone: str = "dial") -> None:
        """The exchange finds a register, and gives dial tone; digits sent before it are lost."""
        self.state = SEIZED
        self._tone = None
        self._watch.pulses_only = True
        self.line.pair.model.reset()
        self._later(self.dial_tone_after_ms, lambda: self._take_digits(tone))

    def _take_digits(self, tone: str) -> None:
        self.state = DIAL
        self._register.reset()
        self._tone = ToneSource(self._country.tones[tone]) if self.dial_tone_heard else None
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
