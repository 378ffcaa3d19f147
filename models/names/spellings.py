"""The ways one contact may be said: as typed, by first or last name, by a usual short form, as it "sounds like"."""

from __future__ import annotations

from typing import Final

_SHORT: Final = {
    name: tuple(short.split())
    for line in """
        alexander: alex, alexandra: alex sandra, andrew: andy, anthony: tony, barbara: barb, benjamin: ben
        catherine: cathy kate, charles: charlie, christopher: chris, christine: chris, daniel: dan danny, david: dave
        deborah: debbie, donald: don, edward: ed eddie, elizabeth: liz beth, frederick: fred, gregory: greg
        james: jim jimmy, jennifer: jen jenny, jessica: jess, joseph: joe, joshua: josh, katherine: kathy kate
        kenneth: ken, lawrence: larry, margaret: maggie peggy, matthew: matt, michael: mike, nicholas: nick, pamela: pam
        patricia: pat patty, patrick: pat, peter: pete, philip: phil, rebecca: becky, richard: rick dick
        robert: bob rob, ronald: ron, samuel: sam, samantha: sam, stephen: steve, steven: steve, susan: sue
        theodore: ted, thomas: tom, timothy: tim, victoria: vicky, william: bill will, zachary: zach
    """.strip().splitlines()
    for name, short in (row.split(": ") for row in line.strip(" ,").split(", "))
}


def spellings(name: str, sounds_like: str = "") -> tuple[str, ...]:
    """Whole name first. Each once, capitalised as the decoder has learnt names."""
    words = [word for word in name.replace("-", " ").split() if any(letter.isalpha() for letter in word)]
    found = [" ".join(words)]
    for short in _SHORT.get(words[0].lower(), ()) if words else ():
        found.append(" ".join((short, *words[1:])))
    if sounds_like.strip():
        found.append(sounds_like.strip())
    return tuple(
        dict.fromkeys(" ".join(word[:1].upper() + word[1:] for word in text.split()) for text in found if text)
    )
