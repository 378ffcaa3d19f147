"""Which of the two application slots starts. Lies at the flash's root and is never updated over the link; imports
nothing.

``slots.json`` holds {"slot": "a", "pending": "b" or null, "tries": n}. A pending slot is started once; if the board
comes back here before it was confirmed (``slots.Updates``), the watchdog or a mistake ended it, and the old slot is
started again. A state that cannot be read means slot a. The file is written beside and renamed, so that a power cut
leaves the old or the new one.
"""

import json
import os

STATE = "slots.json"
SLOTS = ("a", "b")
FIRST = {"slot": "a", "pending": None, "tries": 0}


def read_state(root):
    """The state, or FIRST when there is none that makes sense."""
    try:
        with open(root + "/" + STATE) as file:
            state = json.load(file)
        if state["slot"] in SLOTS and state["pending"] in (None, "a", "b") and 0 <= state["tries"] <= 9:
            return state
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return dict(FIRST)


def write_state(root, state):
    with open(root + "/slots.new", "w") as file:
        json.dump(state, file)
    os.rename(root + "/slots.new", root + "/" + STATE)


def choose(root):
    """The slot to start now. A pending one gets one try."""
    state = read_state(root)
    if state["pending"] is None:
        return state["slot"]
    if state["tries"] == 0:
        state["tries"] = 1
        write_state(root, state)
        return state["pending"]
    state["pending"] = None
    state["tries"] = 0
    write_state(root, state)
    return state["slot"]
