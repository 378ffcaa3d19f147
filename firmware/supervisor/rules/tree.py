"""The receptionist's tree: what a caller can be led to, as pure data, and what would be wrong with it.

A tree is JSON. ``entry``: the menu that callers begin with; ``by_status``: another node while the office has a status
(after hours, a holiday); ``nodes``: by a name of the office's own, each with a ``kind``:

    menu         text {en, fr}; options [{key, word?, to}]: a key 1-9, what it is called, and the node it leads to
    user         name, sounds_like?, handset: a person; who does not answer gets a message taken
    group        handsets, how (at once, in order, longest idle), ring_s: then a message for all
    outside      number (+...), ring_s
    information  text {en, fr}; then: the node it goes on to, or "" for goodbye
    message      a message for the office
    people       asks for a name, an extension or the name's letters on the keys: leads to every user

What is refused, with the path that leads there: a node that leads nowhere, one that nobody can come to, and a ring of
information that a caller could not get out of. Menus may lead back to each other: there the caller decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from firmware.supervisor.rules import ports
from firmware.supervisor.rules.languages import LANGUAGES
from firmware.supervisor.rules.statuses import STATUSES

Kind = Literal["menu", "user", "group", "outside", "information", "message", "people"]
How = Literal["at once", "in order", "longest idle"]
HOW: Final[tuple[How, ...]] = ("at once", "in order", "longest idle")
MOST_NODES: Final = 60
MOST_OPTIONS: Final = 8
LONGEST_TEXT: Final = 400
LONGEST_NAME: Final = 60
_NODE = re.compile(r"[a-z0-9-]{1,30}")
_NUMBER = re.compile(r"\+[1-9][0-9]{5,14}")


class TreeError(ValueError):
    """What is wrong with a tree; the message names the path to it, the field, and what was expected."""


@dataclass(frozen=True)
class Option:
    """One way out of a menu. ``word``: what it is called, "" where it has a key alone."""

    key: str
    to: str
    word: str = ""


@dataclass(frozen=True)
class Node:
    """One place. Which fields mean something is its kind's; ``text`` by language."""

    kind: Kind
    text: Mapping[str, str] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    name: str = ""
    sounds_like: str = ""
    handsets: tuple[str, ...] = ()
    how: How = "at once"
    number: str = ""
    ring_s: float = 20.0
    then: str = ""


@dataclass(frozen=True)
class Tree:
    """A tree that has been checked."""

    entry: str
    by_status: Mapping[str, str]
    nodes: Mapping[str, Node]

    def begins(self, status: str) -> str:
        """The node that a caller comes to while the office has this status."""
        return self.by_status.get(status, self.entry)

    def above(self, name: str) -> str:
        """The node from which a caller comes here the soonest; the node itself where callers begin."""
        path = paths(self)[name].split(" > ")
        return path[-3] if len(path) > 2 else name

    @property
    def people(self) -> dict[str, Node]:
        """Whom one can ask for by name."""
        return {name: node for name, node in self.nodes.items() if node.kind == "user"}


_FIELDS: Final[dict[Kind, frozenset[str]]] = {
    "menu": frozenset({"text", "options"}),
    "user": frozenset({"name", "sounds_like", "handset", "ring_s"}),
    "group": frozenset({"handsets", "how", "ring_s"}),
    "outside": frozenset({"number", "ring_s"}),
    "information": frozenset({"text", "then"}),
    "message": frozenset(),
    "people": frozenset(),
}


def tree(data: Any) -> Tree:
    """The tree in ``data``. Raises TreeError."""
    _known("the tree", data, {"entry", "by_status", "nodes"})
    nodes = data.get("nodes")
    if not isinstance(nodes, dict) or not 1 <= len(nodes) <= MOST_NODES:
        raise TreeError(f"nodes: expected 1 to {MOST_NODES} of them")
    made = {name: _node(name, node) for name, node in nodes.items()}
    by_status = data.get("by_status", {})
    if not isinstance(by_status, dict) or not set(by_status) <= set(STATUSES):
        raise TreeError(f"by_status: expected {', '.join(STATUSES)}")
    found = Tree(_text("entry", data.get("entry"), LONGEST_NAME), dict(by_status), made)
    for where, name in (("entry", found.entry), *((f"by_status {key}", to) for key, to in by_status.items())):
        if name not in made:
            raise TreeError(f"{where}: leads to {name!r}, which there is not")
    _walk(found)
    return found


def paths(found: Tree) -> dict[str, str]:
    """Each node that a caller can come to, and one way there in words: "main > 2 > sales"."""
    ways: dict[str, str] = {}
    waiting = [(name, name) for name in (found.entry, *found.by_status.values())]
    while waiting:
        name, path = waiting.pop(0)
        if name in ways:
            continue
        ways[name] = path
        waiting += [(to, f"{path} > {step} > {to}") for step, to in _steps(found, name) if to in found.nodes]
    return ways


def _steps(found: Tree, name: str) -> Iterator[tuple[str, str]]:
    """Where a node leads, and by what."""
    node = found.nodes[name]
    for option in node.options:
        yield option.key, option.to
    if node.then:
        yield "then", node.then
    if node.kind == "people":
        for person in found.people:
            yield "a name", person


def _walk(found: Tree) -> None:
    """Refuses what leads nowhere, what nobody can come to, and rings without a way out."""
    ways = paths(found)
    for name, path in ways.items():
        for step, to in _steps(found, name):
            if to not in found.nodes:
                raise TreeError(f"{path} > {step}: leads to {to!r}, which there is not")
        if found.nodes[name].kind == "people" and not found.people:
            raise TreeError(f"{path}: there is nobody to ask for; expected a node of kind user")
    for name in found.nodes:
        if name not in ways:
            raise TreeError(f"{name}: no caller can come there; expected an option that leads to it")
    ends = _with_an_end(found)
    for name, path in ways.items():
        if name not in ends:
            raise TreeError(f"{path}: goes round for ever; expected a way to a person, a message or goodbye")
    for name, path in ways.items():
        ring = _told_for_ever(found, name)
        if ring:
            raise TreeError(f"{path}: {' > '.join(ring)}: information that leads back to itself")


def _with_an_end(found: Tree) -> set[str]:
    """The nodes from which a caller can come to an end."""
    ways = {name: {to for _, to in _steps(found, name)} for name in found.nodes}
    ends = {name for name in ways if not ways[name]}
    grown = True
    while grown:
        more = {name for name in ways if name not in ends and ends & ways[name]}
        grown = bool(more)
        ends |= more
    return ends


def _told_for_ever(found: Tree, name: str) -> list[str]:
    """The ring of information that ``name`` begins, nothing where a menu or an end comes first."""
    ring = [name]
    while found.nodes[ring[-1]].kind == "information" and found.nodes[ring[-1]].then:
        ring.append(found.nodes[ring[-1]].then)
        if ring[-1] == name:
            return ring
        if len(ring) > len(found.nodes):
            return []  # another node's ring
    return []


def _node(name: Any, data: Any) -> Node:
    if not isinstance(name, str) or not _NODE.fullmatch(name):
        raise TreeError(f"node {name!r}: expected a name of small letters, digits and hyphens")
    kind = data.get("kind") if isinstance(data, dict) else None
    if kind not in _FIELDS:
        raise TreeError(f"{name}: kind: expected one of {', '.join(_FIELDS)}")
    _known(name, data, {"kind", *_FIELDS[kind]})
    ring_s = data.get("ring_s", 20)
    if isinstance(ring_s, bool) or not isinstance(ring_s, int | float) or not 5 <= ring_s <= 60:
        raise TreeError(f"{name}: ring_s: expected 5 to 60")
    node = Node(
        kind,
        text=_texts(name, data.get("text")) if "text" in _FIELDS[kind] else {},
        options=_options(name, data.get("options")) if kind == "menu" else (),
        name=_text(f"{name}: name", data.get("name"), LONGEST_NAME) if kind == "user" else "",
        sounds_like=_text(f"{name}: sounds_like", data.get("sounds_like") or "-", LONGEST_NAME).strip("-"),
        handsets=_handsets(name, kind, data),
        how=data.get("how", "at once"),
        number=data.get("number", ""),
        ring_s=float(ring_s),
        then=data.get("then", "") or "",
    )
    if node.how not in HOW:
        raise TreeError(f"{name}: how: expected one of {', '.join(HOW)}")
    if kind == "outside" and (not isinstance(node.number, str) or not _NUMBER.fullmatch(node.number)):
        raise TreeError(f"{name}: number: expected a full number, as +15145550188")
    if not isinstance(node.then, str):
        raise TreeError(f"{name}: then: expected the name of a node, or nothing")
    return node


def _handsets(name: str, kind: Kind, data: Mapping[str, Any]) -> tuple[str, ...]:
    if kind not in ("user", "group"):
        return ()
    handsets = [data.get("handset")] if kind == "user" else data.get("handsets")
    if not isinstance(handsets, list) or not handsets or len(set(map(str, handsets))) < len(handsets):
        raise TreeError(f"{name}: handsets: expected one at least, each once")
    for handset in handsets:
        if not ports.can_be("handsets", handset):
            raise TreeError(f"{name}: handset {handset!r}: {ports.expected('handsets')}")
    return tuple(handsets)


def _options(name: str, data: Any) -> tuple[Option, ...]:
    if not isinstance(data, list) or not 1 <= len(data) <= MOST_OPTIONS:
        raise TreeError(f"{name}: options: expected 1 to {MOST_OPTIONS}")
    options = []
    for option in data:
        _known(f"{name}: option", option, {"key", "word", "to"})
        key = option.get("key")
        if not isinstance(key, str) or not re.fullmatch("[1-9]", key):
            raise TreeError(f"{name}: option: key: expected 1 to 9")
        word = option.get("word") or ""
        to = _text(f"{name}: option {key}: to", option.get("to"), LONGEST_NAME)
        options.append(Option(key, to, _text(f"{name}: option {key}: word", word, LONGEST_NAME) if word else ""))
    if len({option.key for option in options}) < len(options):
        raise TreeError(f"{name}: options: a key stands there twice")
    return tuple(options)


def _texts(name: str, data: Any) -> dict[str, str]:
    _known(f"{name}: text", data, set(LANGUAGES))
    texts = {
        language: _text(f"{name}: text {language}", data[language], LONGEST_TEXT)
        for language in LANGUAGES
        if data.get(language)
    }
    if not texts:
        raise TreeError(f"{name}: text: expected words in one language at least")
    return texts


def _text(where: str, value: Any, longest: int) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > longest or not value.isprintable():
        raise TreeError(f"{where}: expected a text of 1 to {longest} characters")
    return value.strip()


def _known(where: str, data: Any, names: set[str]) -> None:
    if not isinstance(data, dict):
        raise TreeError(f"{where}: expected a table")
    for name in data:
        if name not in names:
            raise TreeError(f"{where}: {name!r}: expected {', '.join(sorted(names)) or 'nothing'}")
