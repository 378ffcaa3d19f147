"""A HAT's self-test as a field tech reads it: every step with what was measured, then what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.hat_update import Step
from firmware.hat import protocol as p

NAMES = {0: "line A", 1: "line B", 2: "handset C", 3: "handset D", p.NO_PORT: "board"}
RESULTS = {p.RESULT_OK: "ok", p.RESULT_WARN: "WARN", p.RESULT_FAIL: "FAIL"}

REMEDIES: dict[int, tuple[tuple[str, str], ...]] = {
    p.STEP_SUPPLY: (("", "Use the Pi's own supply or a stronger one, and a short cable; unplug what else it feeds."),),
    p.STEP_CHIP: (
        ("in use", "Put the telephone down, or wait until the call is over, and test again."),
        ("isolation", "Nothing outside causes this: switch the box off and on; if it comes back, swap the HAT."),
        ("battery", "Unplug this socket's telephone and the 12 V plug, and test again; if it stays, swap the HAT."),
        ("", "Press the HAT onto the header, switch off and on; if it comes back, swap the HAT."),
    ),
    p.STEP_VOLTAGE: (
        (
            "no line voltage",
            "Plug the line in. With a telephone in the wall socket: silent too? Then call the operator.",
        ),
        ("parallel", "Somebody telephones beside the box on this line, or a receiver is not on its hook: put it down."),
        ("", "Outside 38 to 56 V: unplug everything else on this line and test again; then call the operator."),
    ),
    p.STEP_POLARITY: (
        ("", "Calls work as it is. Swap the two wires at the wall socket where hang-ups or caller ID are missed."),
    ),
    p.STEP_CURRENT: (
        (
            "long loop",
            "Bad contact, thin wire, or very far from the exchange: plug the box in where the line comes in.",
        ),
        ("", "Too much current: a short in the cable or a second device off hook; unplug them one by one."),
    ),
    p.STEP_DIAL_TONE: (
        (
            "",
            "Listen with a telephone in the wall socket. Dial tone? Check the box's country. None? Call the operator.",
        ),
    ),
    p.STEP_BATTERY: (("", "Unplug this socket's telephone and test again; if it stays, swap the HAT."),),
    p.STEP_LEAK: (
        (
            "",
            "Put the receiver down. Else unplug the telephone and test again: if it stays it is the cable.",
        ),
    ),
    p.STEP_REN: (
        (
            "no bell",
            "Plug a telephone into this socket, or leave it if none belongs there. C: tested with --gpio only.",
        ),
        ("", "Unplug telephones from this socket: 3 bells at most on 5 V, 5 with the 12 V plug. One alone? Its cable."),
    ),
}
"""Step -> (words of its text, what to do); the first that fits."""


def lines(steps: Sequence[Step]) -> list[str]:
    """One line a step: where, what, how it ended, what was measured."""
    return [
        f"  {NAMES.get(step.port, f'port {step.port}'):<10} {p.STEP_NAMES[step.step]:<13} "
        f"{RESULTS.get(step.result, '?'):<5} {step.text}"
        for step in steps
    ]


def findings(steps: Sequence[Step]) -> list[str]:
    """What is wrong, the first thing of each port first, each with what to do; that all is well, if it is."""
    wrong = [step for step in steps if step.result != p.RESULT_OK]
    if not wrong:
        return [f"  All {len(steps)} steps are ok: nothing to do."]
    told = []
    for step in wrong:
        where = NAMES.get(step.port, f"port {step.port}")
        told += [f"  => {where}: {p.STEP_NAMES[step.step]}: {step.text}.", f"     {remedy(step)}"]
    return told


def remedy(step: Step) -> str:
    """What to do about a step that is not ok."""
    return next(what for words, what in REMEDIES[step.step] if words in step.text)
