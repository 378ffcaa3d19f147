"""Who answered a call that was placed, told from whose turn it is to speak.

A person, a machine that takes messages, or a screener: one that asks who calls and then puts a person on. Words are not
understood. A person says a word or a sentence and waits, then answers what is said; a voicemail reads on and never
answers; a screener asks at length, hears a short statement, says a word to it, holds the line, and then there is
somebody who answers when spoken to. What is told is the best guess so far and may be told otherwise later: a voicemail
with a short greeting and no beep is known only when it has not answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BLOCKS_S: Final = 50
_WINDOW: Final = 25  # blocks looked back on; a turn begins where `_VOICED` of them hold a voice
_VOICED: Final = 7
_LATELY: Final = 0b11111
_PAUSE: Final = int(1.2 * BLOCKS_S)  # silence that ends a turn
_READS: Final = int(5.5 * BLOCKS_S)  # a first turn this long is read by a machine
_ASKS: Final = int(3.9 * BLOCKS_S)  # the shortest in which a screener asks for name and reason; few people say so much
_STATED: Final = 8 * BLOCKS_S  # speech of ours, at most, that a screener hears before it goes on; a message is longer
_SAID: Final = int(0.4 * BLOCKS_S)  # speech of ours, at least, that can be answered
_SPOKEN: Final = 4 * BLOCKS_S  # that would have been answered by now
_UNANSWERED: Final = 10 * BLOCKS_S
_HOLD: Final = int(2.5 * BLOCKS_S)  # neither side speaks: the line is held
_SPEAKS_AFTER: Final = BLOCKS_S // 2  # people speak about so long after they have picked up
_CONVERSATION: Final = {"person": 1, "asked": 2, "machine": 3, "unattended": 2}  # answers that make one


@dataclass(frozen=True, slots=True)
class Guess:
    """`who`: "person", "machine", "unattended" (nobody answers what we say), "screener", or "connected" (a screener has
    put a person on); `block`: the one in which that was so; `seconds` of the turn it was told by."""

    who: str
    block: int
    seconds: float


class Turns:
    """`feed(voice of theirs, voice of ours) -> Guess | None`, a block at a time; `done` once a person is sure."""

    def __init__(self) -> None:
        self.who = ""
        self.done = False
        self.first: int | None = None
        """Blocks of their first turn, once it is over or too long for a person's."""
        self.quiet = 0
        """Blocks since they last spoke."""
        self._block = 0
        self._recent = 0  # one bit a block, the newest lowest: their voice
        self._began: int | None = None  # block in which their present turn began
        self._ours = 0  # blocks of our voice since they last spoke
        self._still = 0  # blocks since anybody spoke
        self._silence_before = 0  # and how many those were when the present turn began
        self._answers = 0
        self._held = False
        self._connected: int | None = None  # block in which somebody, perhaps a person, spoke behind the screener

    @property
    def speaking(self) -> bool:
        """Whether it is their turn."""
        return self._began is not None

    @property
    def greeting(self) -> bool:
        """Whether nothing but their greeting was said so far, by nobody."""
        return self._ours < _SAID and not self._answers

    def feed(self, theirs: bool, ours: bool) -> Guess | None:
        """What one block adds."""
        self._block += 1
        self._recent = (self._recent << 1 | theirs) & ((1 << _WINDOW) - 1)
        speaks = theirs and self._recent & _LATELY > 1  # a single block is a click, or what is left of our echo
        self.quiet = 0 if speaks else self.quiet + 1
        self._ours = 0 if speaks and self._began is not None else self._ours + ours
        begins = self._began is None and self._recent.bit_count() >= _VOICED
        if begins:
            self._began = self._block - self._recent.bit_length()
            self._silence_before = self._still - self._recent.bit_length()
        if ours or self._began is not None:
            self._still = 0
        else:
            self._still += 1
        if begins and self.first is not None:
            guess = self._answered()
            self._ours = 0
            return guess
        if self._began is not None:
            return self._goes_on()
        return self._waits()

    def _goes_on(self) -> Guess | None:
        assert self._began is not None
        length = self._block - self._began - self.quiet
        reads_on = self.first is None or (self.who == "person" and self.greeting)
        if reads_on and length >= _READS:
            self.first = length
            return self._guess("machine", self._block, length)
        if self.quiet < _PAUSE and not (self.first is not None and self._ours >= _SAID):
            return None
        began, self._began, self._still = self._began, None, 0 if self._ours else self.quiet
        if self._connected is not None and length >= _ASKS:
            self._connected = None  # nobody was put on: the screener reads that nobody can come
        if self.first is None:
            self.first = length
            return self._guess("person", max(0, began - _SPEAKS_AFTER), length)
        return None

    def _answered(self) -> Guess | None:
        """They speak again: an answer to us, or perhaps somebody whom a screener has put on."""
        assert self.first is not None and self._began is not None
        spoke, stated = self._ours >= _SAID, _SAID <= self._ours <= _STATED
        if self._connected is not None and spoke:
            self.done = True
            return self._guess("connected", max(0, self._connected - _SPEAKS_AFTER), 0)
        at_once = self.first >= _READS and stated and not self._answers and self._silence_before >= _HOLD
        if self._held or at_once:
            self._connected = self._began
            return None if self.who == "screener" else self._guess("screener", self._block, 0)
        self._answers += spoke
        kind = "asked" if self.who == "person" and self.first >= _ASKS else self.who
        if self._answers >= _CONVERSATION.get(kind, _CONVERSATION["machine"]):
            self.done = True
            return self._guess("person", 0, 0) if self.who != "person" else None
        return None

    def _waits(self) -> Guess | None:
        """Nobody's turn, or ours."""
        if self.first is None:
            return None
        if (
            self._connected is None
            and self._answers == 1
            and not self._ours
            and self.first >= _ASKS
            and self._still >= _HOLD
            and not self._held
        ):
            self._held = True
            return self._guess("screener", self._block, 0)
        left_alone = self.greeting and self.first >= _ASKS and self._still >= _HOLD
        if self.who == "person" and left_alone:
            return self._guess("machine", self._block, self.first)
        if self.who == "person" and self._ours >= _SPOKEN and self.quiet >= _UNANSWERED and not self._answers:
            return self._guess("unattended", self._block, self.quiet)
        return None

    def _guess(self, who: str, block: int, blocks: int) -> Guess:
        self.who = who
        return Guess(who, block, blocks / BLOCKS_S)
