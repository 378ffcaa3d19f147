"""The receptionist: a caller is led through the office's tree to a person, a group, a message, or what he asked.

The words are the office's own; the keys of a menu stand in its tree, 0 is the operator and star leads back. Nobody is
hung up on for being misunderstood: after MISSES a message is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from firmware.supervisor.assistant.commands import menu, table
from firmware.supervisor.assistant.office import Announcement, Nobody, Office
from firmware.supervisor.calls.talk import Contact, Ending, Talk
from firmware.supervisor.rules.find_me import Step
from firmware.supervisor.rules.reasons import Reason, because
from firmware.supervisor.rules.spelling import meant
from firmware.supervisor.rules.tree import Node, Tree

LISTEN_S: Final = 5.0
NAME_S: Final = 5.0
SPELL_S: Final = 4.0
SPELLED: Final = 12  # letters or digits of an extension
MISSES: Final = 3
VISITS: Final = 12  # nodes a call: a line is not kept for ever by somebody who plays with the keys
OPERATOR: Final = "operator"


@dataclass(frozen=True)
class Desk:
    """What the receptionist knows. ``status``: the office's now; ``extensions``: digits -> user node.

    ``idle``: puts handsets in the order in which they were used last, the one longest idle first. ``note``: for the
    call's timeline.
    """

    tree: Tree
    status: str
    announce: Announcement
    extensions: Mapping[str, str]
    idle: Callable[[Sequence[str]], Sequence[str]]
    note: Callable[[Reason], None]


@dataclass(frozen=True)
class _Options:
    """A menu of the tree: keys as they stand there, and those of its words that are understood."""

    node: Node
    name: str = "receptionist"

    @property
    def labels(self) -> tuple[str, ...]:
        known = table().acts
        return (*(option.word for option in self.node.options if option.word in known), OPERATOR)

    def act(self, key: str) -> str | None:
        if key == "*":
            return "back"
        return self.to(key) or (OPERATOR if menu("receptionist").act(key) == OPERATOR else None)

    def to(self, key_or_word: str) -> str | None:
        """The node that a key or a word leads to."""
        return next((option.to for option in self.node.options if key_or_word in (option.key, option.word)), None)


class Receptionist:
    """``run`` gives how the call ended. It raises Gone, CalledOff, and any error."""

    def __init__(self, talk: Talk, office: Office, desk: Desk) -> None:
        self._talk = talk
        self._office = office
        self._desk = desk
        self._tree = desk.tree

    async def run(self) -> Ending:
        """From the office's first word."""
        name = self._tree.begins(self._desk.status)
        for _ in range(VISITS):
            node = self._tree.nodes[name]
            self._desk.note(because("led to", node=name, place=node.kind))
            if node.kind in ("user", "group", "outside"):
                return await self._reach(node)
            if node.kind == "message":
                break
            if node.kind == "information":
                await self._says(node)
                if not node.then:
                    await self._talk.say("caller.goodbye")
                    return Ending("no message", "box", because("was told"))
                name = node.then
                continue
            found = await (self._person(name) if node.kind == "people" else self._menu(name, node))
            if found is None:
                break
            name = found
        return await self._office.take_message(important=False)

    async def _menu(self, name: str, node: Node) -> str | None:
        """The node that is chosen; None: a message."""
        options = _Options(node)
        for miss in range(MISSES):
            if miss:
                await self._talk.say("caller.not_understood")
            await self._says(node)
            choice = await self._talk.listen(options, LISTEN_S)
            if choice.act == "back":
                return self._tree.above(name)
            wanted = options.to(choice.word) if choice.word else choice.act
            if choice.act == OPERATOR and wanted in (None, OPERATOR):
                return OPERATOR if OPERATOR in self._tree.nodes else None
            if wanted is not None:
                return wanted
        return None

    async def _person(self, name: str) -> str | None:
        """Whom a caller asks for: by name, by extension, or by the letters on the keys."""
        people = self._tree.people
        contacts = [Contact(at, node.name, node.sounds_like) for at, node in enumerate(people.values())]
        for _ in range(MISSES):
            await self._talk.say("receptionist.who")
            guesses = await self._talk.name(contacts, NAME_S)
            if guesses.contacts and guesses.band != "again":
                who = list(people)[guesses.contacts[0].id]
                if guesses.band == "accept" or await self._is_meant(people[who]):
                    return who
                continue
            digits = await self._talk.digits(SPELLED, SPELL_S)
            if digits == "*":
                return self._tree.above(name)
            found = self._desk.extensions.get(digits)
            spelled = meant(digits, {who: node.name for who, node in people.items()})
            if found is not None or len(spelled) == 1:
                return found or spelled[0]
            await self._talk.say("receptionist.nobody_of_that_name")
        return None

    async def _is_meant(self, person: Node) -> bool:
        await self._talk.say("receptionist.is_it", name=person.sounds_like or person.name)
        return (await self._talk.listen(menu("yes_no"), LISTEN_S)).act == "yes"

    async def _reach(self, node: Node) -> Ending:
        found = await self._office.reach(self._steps(node), self._desk.announce, "receptionist.one_moment")
        if not isinstance(found, Nobody):
            return await self._office.connect(found)
        await self._talk.say(found.reply or "receptionist.nobody")
        return await self._office.take_message(important=False)

    def _steps(self, node: Node) -> list[Step]:
        """The telephones that ring for a node, one step after the other."""
        if node.kind == "outside":
            return [Step((), (node.number,), node.ring_s)]
        if node.how == "at once":
            return [Step(node.handsets, (), node.ring_s)]
        handsets = self._desk.idle(node.handsets) if node.how == "longest idle" else node.handsets
        return [Step((handset,), (), node.ring_s) for handset in handsets]

    async def _says(self, node: Node) -> None:
        """The office's own words, in the caller's language where they are written in it."""
        words = node.text.get(self._talk.person.language) or next(iter(node.text.values()))
        await self._talk.say("receptionist.words", words=words)
