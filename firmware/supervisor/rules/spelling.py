"""Names on the keys: 2 ABC, 3 DEF, 4 GHI, 5 JKL, 6 MNO, 7 PQRS, 8 TUV, 9 WXYZ. Accents count as their letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

LETTERS: Final = "abc def ghi jkl mno pqrs tuv wxyz".split()
KEYS: Final = {letter: str(key) for key, letters in enumerate(LETTERS, start=2) for letter in letters}


def on_keys(word: str) -> str:
    """The digits of a word; what is no letter is left out."""
    plain = unicodedata.normalize("NFKD", word.lower())
    return "".join(KEYS.get(letter, "") for letter in plain)


def meant(digits: str, names: Mapping[str, str]) -> list[str]:
    """Who of ``names`` (id -> name) has a word, or words from there on, that begin with these digits."""
    found = []
    for who, name in names.items():
        words = [on_keys(word) for word in name.replace("-", " ").split()]
        if digits and any("".join(words[at:]).startswith(digits) for at in range(len(words))):
            found.append(who)
    return found
