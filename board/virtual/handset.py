"""A telephone on a pair: hook switch with its bounce, dial, bell, mouthpiece and ear.

Actions (``lift``, ``put_down``, ``dial``, ``flash``) are taken in the next block. Voice comes from and goes to
``party``; ``display`` records what came over the pair on hook (caller ID sent to the telephone), and a telephone that
was fitted with a ``caller_display`` reads it, in a conversation too. ``connect`` moves the telephone to another pair,
as the lifeline relay does.
"""

from __future__ import annotations

import random

from board.virtual.caller_display import CallerDisplay
from board.virtual.hookwatch import samples
from board.virtual.line import Line
from board.virtual.party import Party
from drivers.signals.countries import Country
from firmware.hat.protocol import BLOCK, RATE

BOUNCE_MS = 30  # hook switches settle within this
PULSE_PPS, PULSE_BREAK = 10, 0.6  # dials turn at 8 to 12 a second, breaks are 33 to 67 %
PULSE_PAUSE_MS = 700
FLASH_MS = 500
BEFORE_DIAL_MS = 300
BELL_VRMS = 30.0  # bells are made for 40 V and more; below this none sounds
DISPLAY_MS = 500  # the display listens on for this long after the last sound
RING_GAP_MS = 60  # a bell that hears nothing for this long has stopped


class Handset:
    """One telephone. ``ren`` is its bell's load; ``bounce`` False makes an ideal hook switch, ``worn`` one that
    bounces as long as hook switches may.
    """

    def __init__(self, name: str, line: Line, seed: int, ren: float = 1.0, beside_fxo: bool = False) -> None:
        self.name = name
        self.ren = ren
        self.bounce = True
        self.worn = False
        self.polarity_sensitive = False
        """Whether its bell is one of those that only sound on a pair of normal polarity."""
        self.party = Party(name)
        self.display = Party(f"{name} on hook")
        self.caller_display: CallerDisplay | None = None
        self.off_hook = False
        self.bursts = 0
        """Bursts of ringing heard since it was last put down."""
        self.line = line
        self.beside_fxo = beside_fxo
        """Whether the telephone is at the pair's near side: on an exchange line, in parallel or through the relay."""
        self._random = random.Random(f"handset {name} {seed}")
        self._now = 0
        self._ringing_until = 0
        self._display_until = 0
        line.loop.attach(name, ren=ren)

    def display_callers(self, country: Country) -> CallerDisplay:
        """Fits a display that shows callers as the country's lines send them, in a conversation too."""
        self.caller_display = CallerDisplay(country.caller_id.schemes)
        return self.caller_display

    # What a person does

    def lift(self) -> None:
        """Off hook."""
        if not self.off_hook:
            self.off_hook = True
            self._switch(True)

    def put_down(self) -> None:
        """On hook; what was still to be said is dropped."""
        if self.off_hook:
            self.off_hook = False
            self.party.hush()
            self.bursts = 0
            if self.caller_display is not None:
                self.caller_display.put_down()
            self.line.loop.cancel(self.name)
            self._switch(False)

    def flash(self, ms: int = FLASH_MS) -> None:
        """Opens the loop for ``ms``."""
        self._need_off_hook("flash")
        self.line.loop.set_contact(self.name, self._now, False)
        self.line.loop.set_contact(self.name, self._now + samples(ms), True)

    def dial(
        self, digits: str, pulse: bool = False, wait_ms: int = BEFORE_DIAL_MS, pps: float = PULSE_PPS,
        break_part: float = PULSE_BREAK,
    ) -> None:  # fmt: skip
        """Dials by keys, or with ``pulse`` by dial (0-9), after ``wait_ms``. Raises ValueError on other characters."""
        self._need_off_hook("dial")
        if not pulse:
            self.party.pause(wait_ms)
            self.party.press(digits)
            return
        if not digits.isascii() or not digits.isdigit():
            raise ValueError(f"{self.name} pulse-dials {digits!r}: expected digits 0-9")
        at = self._now + samples(wait_ms)
        turn, open_for = round(RATE / pps), round(RATE / pps * break_part)
        for digit in digits:
            for _ in range(int(digit) or 10):
                jitter = self._random.randint(-samples(3), samples(3))
                self.line.loop.set_contact(self.name, at, False)
                self.line.loop.set_contact(self.name, at + open_for + jitter, True)
                at += turn
            at += samples(PULSE_PAUSE_MS)

    @property
    def ringing(self) -> bool:
        """Whether the bell sounds now."""
        return self._now < self._ringing_until

    # Each block

    def signal(self, start: int) -> None:
        """Hears the bell, when the loops have advanced."""
        self._now = start + BLOCK
        loop = self.line.loop
        rung = loop.now.ring_on or (bool(loop.changes) and any(change.ring_on for change in loop.changes))
        if self.polarity_sensitive and loop.now.reversed:
            rung = False
        if rung and not self.off_hook and loop.ring_volts >= BELL_VRMS:
            if start >= self._ringing_until:
                self.bursts += 1
            self._ringing_until = self._now + RING_GAP_MS * RATE // 1000

    def speak(self) -> None:
        """Puts the mouthpiece's block on the pair."""
        if self.off_hook and self.line.loop.closed_by(self.name) and self.line.loop.now.fed:
            voice = self.party.speak()
            sent = None if self.caller_display is None else self.caller_display.answers()
            voice = voice if sent is None else sent  # a display that has the mouthpiece lets no word through
            if voice is not None:
                (self.line.pair.say_near if self.beside_fxo else self.line.pair.say_far)(voice)

    def listen(self) -> None:
        """Takes the ear's block, or on hook the display's, while something is being sent and a little after."""
        pair = self.line.pair
        if self.off_hook:
            now = self.line.loop.now
            if not now.fed or not self.line.loop.closed_by(self.name):
                self.party.hear(None)
                return
            block = pair.hear_near() if self.beside_fxo else pair.hear_far()
            self.party.hear(block if self.caller_display is None else self.caller_display.in_call(block))
            return
        if pair.far_speaks if self.beside_fxo else pair.near_speaks:
            self._display_until = self._now + samples(DISPLAY_MS)
        if self._now <= self._display_until:
            block = pair.hear_near() if self.beside_fxo else pair.hear_far()
            self.display.hear(block)
            if self.caller_display is not None:
                self.caller_display.on_hook(block)

    def connect(self, line: Line, beside_fxo: bool) -> None:
        """Moves the telephone to another pair, hook as it is."""
        self.line.loop.detach(self.name)
        self.line = line
        self.beside_fxo = beside_fxo
        line.loop.attach(self.name, closed=self.off_hook, ren=self.ren)

    def _need_off_hook(self, what: str) -> None:
        if not self.off_hook:
            raise ValueError(f"handset {self.name} cannot {what}: it is on hook; lift it first")

    def _switch(self, closed: bool) -> None:
        loop, at = self.line.loop, self._now
        if self.worn:
            end = at + samples(BOUNCE_MS)
            while at < end:
                loop.set_contact(self.name, at, closed)
                at += self._random.randint(samples(1), samples(5))
                loop.set_contact(self.name, min(at, end), not closed)
                at += self._random.randint(samples(1), samples(5))
            at = end
        elif self.bounce:
            for _ in range(self._random.randint(1, 3)):
                loop.set_contact(self.name, at, closed)
                at += self._random.randint(samples(1), samples(BOUNCE_MS // 6))
                loop.set_contact(self.name, at, not closed)
                at += self._random.randint(samples(1), samples(BOUNCE_MS // 6))
        loop.set_contact(self.name, at, closed)
