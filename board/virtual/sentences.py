"""The sentences that people type to the virtual board, as data: read here, carried out by ``console``.

    call from +15145550123 [named "Paul Roy"] [private | unavailable | corrupt] [saying FILE.wav | saying "text"] [on A]
    say FILE.wav            say A "text"           press A 1#            hang up A [by busy tone]
    lift C                  put down C             dial C 0  (or: dial 0)               flash C
    state                   help

Who: a line's letter means the far party of its call, a handset's letter the person at it. A sentence that is not one
raises SentenceError with what was expected where.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from board.virtual.farcall import CLEARINGS
from board.virtual.party import KEYS

MAX_LENGTH: Final = 500
LINES: Final = ("A", "B")
HANDSETS: Final = ("C", "D")
WHO: Final = LINES + HANDSETS
_TOKEN: Final = re.compile(r'"([^"]*)"(?=\s|$)|(\S+)')
_NUMBER: Final = re.compile(r"\+?[0-9*#]{1,24}")


class SentenceError(ValueError):
    """The sentence is not one of ours; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Words:
    """Something to be said: a WAV file's path, or a text to be spoken."""

    text: str
    is_file: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """``verb``: call, say, press, hang up, lift, put down, dial, flash, state, help. ``who``: A-D, or None for the last
    one.
    """

    verb: str
    who: str | None = None
    number: str = ""
    name: str | None = None
    presentation: str = "allowed"
    words: tuple[Words, ...] = field(default=())
    how: str = "loop drop"


def parse(text: str) -> Sentence:
    """Reads one sentence. Raises SentenceError."""
    if len(text) > MAX_LENGTH:
        raise SentenceError(f"a sentence of {len(text)} characters: at most {MAX_LENGTH}")
    if any(not character.isprintable() and character != "\t" for character in text):
        raise SentenceError("a sentence holds printable characters only")
    tokens = _split(text)
    if not tokens:
        raise SentenceError("an empty sentence; help lists what can be said")
    reader = _Reader(tokens)
    verb = reader.verb()
    sentence = _READERS[verb](reader)
    reader.end()
    return sentence


def _split(text: str) -> list[tuple[str, bool]]:
    """Words of the line, each with whether it was quoted. Raises SentenceError on a quote without its partner."""
    tokens = []
    for match in _TOKEN.finditer(text):
        quoted, plain = match[1], match[2]
        if plain is not None and '"' in plain:
            raise SentenceError(f"{plain!r}: quotes come in pairs, round whole words")
        tokens.append((plain, False) if plain is not None else (quoted, True))
    return tokens


class _Reader:
    """The words still to be read."""

    def __init__(self, tokens: list[tuple[str, bool]]) -> None:
        self._tokens = tokens
        self._at = 0

    def verb(self) -> str:
        first = self.take("a verb").lower()
        if first == "hang":
            self.word("up")
            return "hang up"
        if first == "put":
            self.word("down")
            return "put down"
        if first not in _READERS:
            raise SentenceError(f"{first!r} is no verb; expected one of {', '.join(sorted(_READERS))}")
        return first

    def peek(self) -> str | None:
        """The next word in small letters, unless it was quoted or there is none."""
        if self._at < len(self._tokens) and not self._tokens[self._at][1]:
            return self._tokens[self._at][0].lower()
        return None

    def take(self, expected: str) -> str:
        if self._at >= len(self._tokens):
            raise SentenceError(f"the sentence ends where {expected} was expected")
        self._at += 1
        return self._tokens[self._at - 1][0]

    def word(self, expected: str) -> None:
        got = self.take(expected).lower()
        if got != expected:
            raise SentenceError(f"{got!r}: expected {expected!r}")

    def who(self, among: tuple[str, ...]) -> str:
        got = self.take(f"one of {', '.join(among)}").upper()
        if got not in among:
            raise SentenceError(f"{got!r}: expected one of {', '.join(among)}")
        return got

    def maybe_who(self, among: tuple[str, ...]) -> str | None:
        following = self.peek()
        if following is None or following.upper() not in among or self._at + 1 >= len(self._tokens):
            return None
        return self.who(among)

    def words(self) -> Words:
        if self._at < len(self._tokens) and self._tokens[self._at][1]:
            return Words(self.take("words"), False)
        path = self.take('a WAV file or "words"')
        if not path.lower().endswith(".wav"):
            raise SentenceError(f"{path!r}: expected the name of a .wav file, or words in quotes")
        return Words(path, True)

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise SentenceError(f"{self._tokens[self._at][0]!r}: expected the end of the sentence")


def _call(reader: _Reader) -> Sentence:
    reader.word("from")
    number, name, presentation, who = "", None, "allowed", None
    words: list[Words] = []
    if reader.peek() in ("private", "unavailable"):
        presentation = reader.take("").lower()
    else:
        number = reader.take("a number")
        if not _NUMBER.fullmatch(number):
            raise SentenceError(f"{number!r}: expected a number of at most 24 digits, such as +15145550123")
    while (following := reader.peek()) is not None:
        if following == "named":
            reader.take("")
            name = reader.take("a name")
        elif following in ("private", "unavailable", "corrupt"):
            presentation = reader.take("").lower()
        elif following == "saying":
            reader.take("")
            words.append(reader.words())
        elif following == "on":
            reader.take("")
            who = reader.who(LINES)
        else:
            raise SentenceError(f"{following!r}: expected named, private, unavailable, corrupt, saying or on")
    return Sentence("call", who, number, name, presentation, tuple(words))


def _say(reader: _Reader) -> Sentence:
    return Sentence("say", reader.maybe_who(WHO), words=(reader.words(),))


def _press(reader: _Reader) -> Sentence:
    return Sentence("press", reader.maybe_who(WHO), _keys(reader.take("keys")))


def _dial(reader: _Reader) -> Sentence:
    return Sentence("dial", reader.maybe_who(HANDSETS), _keys(reader.take("digits")))


def _keys(text: str) -> str:
    if not 1 <= len(text) <= 32 or set(text.upper()) - set(KEYS):
        raise SentenceError(f"{text!r}: expected 1 to 32 keys of {KEYS}")
    return text


def _hang_up(reader: _Reader) -> Sentence:
    who = reader.who(WHO)
    how = "loop drop"
    if reader.peek() == "by":
        reader.take("")
        how = reader.take("how").lower()
        if reader.peek() is not None:
            how += " " + reader.take("").lower()
        if how not in CLEARINGS:
            raise SentenceError(f"by {how!r}: expected one of {', '.join(CLEARINGS)}")
    return Sentence("hang up", who, how=how)


_READERS: Final[Mapping[str, Callable[[_Reader], Sentence]]] = {
    "call": _call,
    "say": _say,
    "press": _press,
    "dial": _dial,
    "hang up": _hang_up,
    "lift": lambda reader: Sentence("lift", reader.who(HANDSETS)),
    "put down": lambda reader: Sentence("put down", reader.who(HANDSETS)),
    "flash": lambda reader: Sentence("flash", reader.who(HANDSETS)),
    "state": lambda reader: Sentence("state"),
    "help": lambda reader: Sentence("help"),
}
HELP: Final = tuple(line.strip() for line in (__doc__ or "").splitlines() if line.startswith("    "))
