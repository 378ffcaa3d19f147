"""Why something happened in a call, in the reader's language.

The box writes its reasons as short English phrases into the log, where a download and a field tech read them too. Each
has a sentence under `why.` in the words; one that names a handset, a tone or a line stands there with a blank. A phrase
that this page does not know (a newer box's) is shown as it is.
"""

from __future__ import annotations

import functools
import re

from webui.formats import plain
from webui.words import Words

_PREFIX = "why."
_LONGEST = 120


def reason(why: str, t: Words) -> str:
    """The phrase `why` as a sentence of `t`'s language."""
    exact = t.either(_PREFIX + why, "")
    if exact:
        return exact
    for pattern, key in _patterns():
        found = pattern.fullmatch(why)
        if found and key in t.table:
            return t(key, **{name: plain(value, 40) for name, value in found.groupdict().items()})
    return plain(why, _LONGEST)


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Phrases with a blank, as the log has them, and their key."""
    forms = {
        "handset_down": "handset {handset} put down",
        "handset_lifted": "handset {handset} was lifted: the person takes the call",
        "tone": "{tone} tone",
        "person": "spoke {seconds} s and waited",
        "machine": "spoke {seconds} s without waiting",
        "sent": "the line sent {form} by {scheme}",
    }
    return [
        (re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^:]{1,40})", form)), f"{_PREFIX}{key}")
        for key, form in forms.items()
    ]
