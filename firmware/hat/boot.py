"""Starts one of the two application slots. Lies at the flash's root as ``main.py``, never updated over the link.

Not as ``boot.py``: MicroPython sets up USB after that one, and a program that never ends would leave no way in.

The slots are the packages ``a`` and ``b``. ``slots.json`` holds {"slot": "a", "pending": "b" or null, "tries": n}. A
pending slot is started once, with the watchdog already running, so that it may hang anywhere; if the board comes back
here before it was confirmed (``slots.Updates``), the watchdog or a mistake ended it, and the old slot is started
again. A state that cannot be read means slot a. The file is written beside and renamed, so that a power cut leaves
the old or the new one.
"""

import json
import os
import sys
import time

STATE = "slots.json"
SLOTS = ("a", "b")
FIRST = {"slot": "a", "pending": None, "tries": 0}
TRIAL_MS = 8388  # the longest that the RP2040's watchdog can wait: for a new program to be loaded, and to feed it


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


def program(slot, on_trial):
    """The main module of a slot, or of the program frozen into the firmware when the slot is empty."""
    if on_trial:
        __import__("machine").WDT(timeout=TRIAL_MS)
    try:
        return __import__(slot + ".main", None, None, ("run",))
    except ImportError:
        if on_trial:
            raise  # the frozen program must not pass for the new one
        return __import__("hat.main", None, None, ("run",))


def run(root):
    """Starts the slot whose turn it is. A program that ends is a mistake: the board starts afresh a second later."""
    sys.path.insert(0, root or "/")
    try:
        slot = choose(root)
        program(slot, slot == read_state(root)["pending"]).run(root or "/")
    except Exception as error:
        print("slot ended:", repr(error))
    time.sleep(1)
    __import__("machine").reset()


if __name__ == "__main__":
    run("")
