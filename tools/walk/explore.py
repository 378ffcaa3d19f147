"""Walks a dialog through every answer at every wait, and says what is wrong with it.

A state is where the dialog stands (the lines of its coroutines) with what it remembers (the plain values in them), and
what it waits for. Two runs that stand in the same state go on the same way, so each state is gone on from once.

What is looked for: a *trap* (a state from which a party that goes on pressing keys or says nothing cannot come to the
end within STEPS of its own steps), a *leak* (a recording that was neither kept nor left nor dropped, or twice), a
*fault* (an error of the dialog's own), and what is *unreached*: an act of a menu or a prompt that no walk meets.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

from firmware.supervisor.calls.talk import CalledOff, Gone, Guesses
from firmware.supervisor.rules.reasons import Reason
from tools.walk.twin import ENDS, TOO_LONG_END, ScriptedTalk, Unanswered, Wait

STEPS: Final = 3
LONGEST: Final = 200  # answers: a dialog that is still somewhere new remembers without end
OF_THE_PARTY: Final = ("listen", "record", "digits", "name", "moment")
"""Waits at which the party does something; at the others it only hears."""

Dialog = Callable[[ScriptedTalk], Coroutine[Any, Any, object]]
State = tuple[object, ...]
END: Final[State] = ("end",)


@dataclass
class Walk:
    """What was found. ``edges``: state -> answer -> the state after it."""

    waits: dict[State, Wait] = field(default_factory=dict)
    edges: dict[State, dict[str, State]] = field(default_factory=dict)
    scripts: dict[State, tuple[str, ...]] = field(default_factory=dict)
    acts: set[tuple[str, str]] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    @property
    def states(self) -> int:
        return len(self.waits)

    @property
    def answers(self) -> int:
        """Edges."""
        return sum(len(ways) for ways in self.edges.values())


def explore(dialog: Dialog, acts: Mapping[str, Collection[str]], prompts: Collection[str]) -> Walk:
    """Walks all of a dialog. ``acts`` of its menus, by the menu's name, and ``prompts`` are what it must reach."""
    walk = Walk()
    waiting: deque[tuple[str, ...]] = deque([()])
    first = _run(dialog, (), walk)
    if first is END:
        return walk
    while waiting:
        script = waiting.popleft()
        state = _run(dialog, script, walk)
        for answer in walk.waits[state].answers:
            longer = (*script, answer)
            after = _run(dialog, longer, walk)
            walk.edges.setdefault(state, {})[answer] = after
            if after is not END and after not in walk.edges:
                walk.edges[after] = {}
                waiting.append(longer)
        if len(script) > LONGEST:
            walk.faults.append(f"no end: after {LONGEST} answers it stands where it never stood")
            break
    walk.faults += _traps(walk)
    walk.faults += [
        f"unreached: {act} of {menu}"
        for menu, known in acts.items()
        for act in sorted(known)
        if (menu, act) not in walk.acts
    ]
    walk.faults += [f"unreached: prompt {prompt}" for prompt in sorted(set(prompts) - walk.said)]
    return walk


def _run(dialog: Dialog, script: tuple[str, ...], walk: Walk) -> State:
    """Runs the dialog by a script: the state it comes to, or END. What goes wrong is noted."""
    talk = ScriptedTalk(script)
    running = dialog(talk)
    state: State = END
    try:
        running.send(None)
        walk.faults.append(f"fault: it waits for something that is no answer, after {_told(script)}")
    except StopIteration:
        _look_for_leaks(talk, script, walk)
    except (Gone, CalledOff):
        _look_for_leaks(talk, script, walk)
    except Unanswered as asked:
        state = (asked.wait.kind, asked.wait.what, *_stands(asked.__traceback__))
        walk.waits.setdefault(state, asked.wait)
        walk.scripts.setdefault(state, script)
    except Exception as error:
        walk.faults.append(f"fault: {type(error).__name__}: {error}, after {_told(script)}")
    finally:
        running.close()
    walk.acts |= talk.acts
    walk.said |= set(talk.said)
    return state


def _stands(trace: types.TracebackType | None) -> list[object]:
    """Where the coroutines stand, from the outermost in: code, line, and the plain values they remember."""
    found: list[object] = []
    while trace is not None:
        frame = trace.tb_frame
        if not frame.f_code.co_filename.startswith(__file__.rpartition("/")[0]):
            found += [frame.f_code.co_qualname, trace.tb_lineno, *_plain(frame.f_locals)]
        trace = trace.tb_next
    return found


def _plain(values: Mapping[str, object], deep: bool = True) -> list[object]:
    """The names and values that tell one state from another; of objects their own plain values."""
    kept: list[object] = []
    for name, value in sorted(values.items()):
        if value is None or isinstance(value, bool | int | float | str):
            kept += [name, value]
        elif isinstance(value, Reason | Guesses | datetime):
            kept += [name, str(value)]
        elif isinstance(value, BaseException):
            kept += [name, type(value).__name__, str(value)]
        elif getattr(getattr(type(value), "__dataclass_params__", None), "frozen", False):
            kept += [name, _whole(value)]
        elif deep and hasattr(value, "__dict__"):
            kept += [name, tuple(_plain(vars(value), deep=False))]
    return kept


def _whole(value: Any) -> str:
    """A frozen value to its last field, as how a caller finds the office; a function in it tells no state."""
    known = {of.name: getattr(value, of.name) for of in fields(value)}
    return repr({name: one for name, one in known.items() if not callable(one)})


def _look_for_leaks(talk: ScriptedTalk, script: tuple[str, ...], walk: Walk) -> None:
    for take in talk.takes:
        if len(take.fate) != 1:
            did = " and ".join(take.fate) or "nothing"
            walk.faults.append(f"leak: {did} was done with a recording, after {_told(script)}")


def _traps(walk: Walk) -> list[str]:
    """States from which a party that is still there does not come to the end within STEPS of its own."""
    left = {END: 0}
    changed = True
    while changed:
        changed = False
        for state, ways in walk.edges.items():
            step = 1 if walk.waits[state].kind in OF_THE_PARTY else 0
            there = [left[after] + step for answer, after in ways.items() if _stays(answer) and after in left]
            if there and min(there) < left.get(state, STEPS + 1):
                left[state] = min(there)
                changed = True
    return [
        f"trap: {walk.waits[state].kind} {walk.waits[state].what}, after {_told(walk.scripts[state])}"
        for state in walk.edges
        if state not in left
    ]


def _stays(answer: str) -> bool:
    """Whether the party is still there after this answer."""
    way = answer.rpartition(", ")[0] or answer
    return way not in ENDS and way != TOO_LONG_END


def _told(script: tuple[str, ...]) -> str:
    return " / ".join(script) or "nothing"
