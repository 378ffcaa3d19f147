"""Which words compete: the whole card, the digits, a menu of the card, or a list.

The menus are those of the command table, read as the data it is (this room imports nothing of the supervisor).
"""

from __future__ import annotations

import functools
import tomllib

from models.files import HERE
from models.vocabulary import Vocabulary

_TABLE = HERE.parent / "firmware" / "supervisor" / "assistant" / "commands.toml"


@functools.cache
def menus() -> dict[str, list[str]]:
    """What can be wanted in each menu, with what it takes over from others."""
    contexts = tomllib.loads(_TABLE.read_text(encoding="utf-8"))["contexts"]
    return {
        name: [row["act"] for row in context["commands"]] + [act.split(".")[1] for act in context.get("also", [])]
        for name, context in contexts.items()
    }


def competing(name: str, known: Vocabulary) -> tuple[str, ...]:
    """The labels of a vocabulary's name. Raises ValueError on a name or word that is not known."""
    if name == "all":
        return known.labels[:-1]
    if name == "digits":
        return known.digits
    if name in menus():  # what goes by keys alone has no label
        return tuple(dict.fromkeys(label for act in menus()[name] if (label := known.label_of(act)) is not None))
    found = []
    for word in name.split(","):
        label = known.label_of(word)
        if label is None:
            raise ValueError(
                f"vocabulary {name!r}: {word!r} is neither all, digits, a menu ({', '.join(menus())}) nor a word"
            )
        found.append(label)
    return tuple(dict.fromkeys(found))
