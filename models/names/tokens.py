"""Text as the decoder's tokens: byte-pair pieces of the table in `tokenizer.bin`, merged lowest number first."""

from __future__ import annotations

import itertools

from models.files import ModelError, content

START, END = 1, 2
_BYTES = 259  # ids 3 to 258 are raw bytes; text uses the later pieces, also for single characters
_SPACE = "▁"


class Tokens:
    """`of(text)` gives token numbers without start and end; `text(numbers)` the way back."""

    def __init__(self) -> None:
        self._pieces = _pieces(content("moonshine_tokens"))
        self._number = {piece.decode("utf-8", "replace"): n for n, piece in enumerate(self._pieces) if n >= _BYTES}

    def of(self, text: str) -> list[int]:
        """The tokens of a text; what has no piece goes byte by byte."""
        parts = list(_SPACE + text.strip().replace(" ", _SPACE))
        while True:
            pairs = [
                (self._number[a + b], n) for n, (a, b) in enumerate(itertools.pairwise(parts)) if a + b in self._number
            ]
            if not pairs:
                break
            _, at = min(pairs)
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        found: list[int] = []
        for part in parts:
            found += [self._number[part]] if part in self._number else [3 + byte for byte in part.encode()]
        return found

    def text(self, numbers: list[int]) -> str:
        """The text of tokens; what is no text (start, end, marks) is left out."""
        joined = b"".join(
            bytes([n - 3]) if 3 <= n < _BYTES else self._pieces[n] for n in numbers if n > END and n < len(self._pieces)
        )
        return joined.decode("utf-8", "replace").replace(_SPACE, " ").strip()


def _pieces(table: bytes) -> list[bytes]:
    """Each piece: its length (one byte, or two with 128 as the carry), then its bytes."""
    pieces, at = [], 0
    while at < len(table):
        length, at = table[at], at + 1
        if length >= 128:
            length, at = table[at] * 128 + length - 128, at + 1
        pieces.append(table[at : at + length])
        at += length
    if at != len(table):
        raise ModelError("moonshine_tokens: cut short")
    return pieces
