"""Carries out the sentences of ``sentences`` on a board in this process; the console and the board socket share it.

``do(text)`` never raises for what was typed: the answer is ``{"ok": true, "text": ...}`` or ``{"ok": false, "text":
...}``. Numbers dialled that nobody has set up are answered after a few rings, so that a demo has somebody to talk to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir

from board.virtual import farcall, sentences, voices
from board.virtual.board import Board
from board.virtual.farcall import Behaviour, Call
from board.virtual.manners import AfterTheTone
from board.virtual.party import Party
from board.virtual.sentences import Sentence, SentenceError, Words

DEMO_ANSWER_S = 4.0


@dataclass(frozen=True)
class Prepared:
    """A sentence with what it says as samples, or why it is none."""

    sentence: Sentence | None = None
    spoken: list[voices.Samples] = field(default_factory=list)
    error: str = ""


class Console:
    """One board's console. ``folder``: where relative WAV names are looked for.

    WAV files are read below ``folder``, the user's home and the folder for temporary files only: a sentence may come
    from a page.
    """

    def __init__(self, board: Board, folder: Path, demo: bool = True) -> None:
        self._board = board
        self._folder = folder.resolve()
        self._roots = tuple(dict.fromkeys((self._folder, Path.home(), Path(gettempdir()).resolve())))
        self._last = "C"  # the handset lifted last
        self._last_line = "A"  # the line called last
        self._calls: dict[str, Call] = {}
        if demo:
            board.exchange.otherwise = Behaviour(answer_after_s=DEMO_ANSWER_S)
        board.exchange.on_call(self._outgoing)

    def do(self, text: str) -> dict[str, object]:
        """Carries out one line."""
        return self.carry_out(self.prepare(text))

    def prepare(self, text: str) -> Prepared:
        """The slow part: reads the sentence, loads or synthesises what is to be said. Touches no board; any thread."""
        try:
            sentence = sentences.parse(text)
            return Prepared(sentence, [self._samples(words) for words in sentence.words])
        except ValueError as error:  # SentenceError, VoiceError
            return Prepared(error=str(error))

    def carry_out(self, prepared: Prepared) -> dict[str, object]:
        """The quick part, in the board's thread."""
        if prepared.sentence is None:
            return {"ok": False, "text": prepared.error}
        try:
            return {"ok": True, "text": self._carry_out(prepared.sentence, prepared.spoken)}
        except ValueError as error:  # what the board refuses
            return {"ok": False, "text": str(error)}

    def _carry_out(self, sentence: Sentence, spoken: list[voices.Samples]) -> str:
        who = sentence.who
        if sentence.verb == "help":
            return "\n".join(sentences.HELP)
        if sentence.verb == "state":
            return json.dumps(self._board.describe())
        if sentence.verb == "call":
            return self._call(sentence, spoken)
        if sentence.verb in ("lift", "put down", "flash"):
            assert who is not None
            return self._handle(sentence.verb, who)
        if sentence.verb == "dial":
            who = who or self._last
            self._board.handsets[who].dial(sentence.number)
            return f"{who} dials {sentence.number}"
        if sentence.verb == "hang up":
            assert who is not None
            return self._hang_up(who, sentence.how)
        who = who or (self._last_line if self._live(self._last_line) else self._last)
        party = self._party(who)
        if sentence.verb == "press":
            party.press(sentence.number)
            return f"{who} presses {sentence.number}"
        party.say(spoken[0])
        return f"{who} speaks"

    def _call(self, sentence: Sentence, spoken: list[voices.Samples]) -> str:
        line = sentence.who or next((name for name in "AB" if self._idle(name)), "A")
        party = Party(sentence.name or sentence.number or sentence.presentation)
        call = self._board.exchange.call(line, sentence.number, sentence.name, sentence.presentation, party)
        if call.state == farcall.CLEARED:
            raise SentenceError(f"line {line} is busy")
        self._calls[line] = call
        self._last_line = line

        def speak() -> None:
            for samples in spoken:
                party.say(samples)

        def answered(changed: Call) -> None:
            if changed.state == farcall.CONNECTED and spoken:
                AfterTheTone(party, speak)

        call.on_state.append(answered)
        return f"{sentence.number or sentence.presentation} rings on line {line}"

    def _handle(self, verb: str, who: str) -> str:
        handset = self._board.handsets[who]
        if verb == "lift":
            handset.lift()
            self._last = who
            return f"{who} is off hook"
        if verb == "put down":
            handset.put_down()
            return f"{who} is on hook"
        handset.flash()
        return f"{who} flashes"

    def _hang_up(self, who: str, how: str) -> str:
        if who in self._board.handsets:
            return self._handle("put down", who)
        call = self._live(who)
        if call is None:
            raise SentenceError(f"no call on line {who}")
        call.hang_up(how)
        return f"the far party on line {who} hangs up"

    def _party(self, who: str) -> Party:
        if who in self._board.handsets:
            if not self._board.handsets[who].off_hook:
                raise SentenceError(f"handset {who} is on hook; lift it first")
            return self._board.handsets[who].party
        call = self._live(who)
        if call is None:
            raise SentenceError(f"no call on line {who}")
        return call.party

    def _samples(self, words: Words) -> voices.Samples:
        if not words.is_file:
            return voices.from_text(words.text)
        path = (self._folder / Path(words.text).expanduser()).resolve()
        if not any(path.is_relative_to(root) for root in self._roots):
            raise SentenceError(f"{path}: expected a file below {', '.join(map(str, self._roots))}")
        return voices.from_file(path)

    def _live(self, line: str) -> Call | None:
        return next((call for call in self._board.exchange.calls if call.line == line), None)

    def _idle(self, line: str) -> bool:
        return self._live(line) is None and not self._board.lines[line].loop.now.closed

    def _outgoing(self, call: Call) -> None:
        self._last_line = call.line
