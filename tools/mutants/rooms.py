"""The rooms that are broken on trial, and the tests that look after each."""

from __future__ import annotations

TESTS = "tests/supervisor"
ROOMS: dict[str, tuple[str, ...]] = {
    "rules": (f"{TESTS}/rules", f"{TESTS}/settings"),
    "desk": (f"{TESTS}/desk", f"{TESTS}/control", f"{TESTS}/rules/test_written.py"),
    "assistant": (f"{TESTS}/assistant", f"{TESTS}/switchboard", "tests/scenarios"),
    "calls": (f"{TESTS}/calls", f"{TESTS}/switchboard", "tests/scenarios"),
    "switchboard": (f"{TESTS}/switchboard", "tests/scenarios"),
}
"""A room of ``firmware/supervisor`` and its tests, those that fail soonest first: the first failure ends a trial."""


NEAREST: dict[str, str] = {
    "assistant/card": "assistant",
    "assistant/commands": "assistant",
    "assistant/caller/greeting": "walk important-reaches-the-mobile message-left",
    "assistant/caller/important": "walk important-reaches-the-mobile",
    "assistant/caller/message": (
        "walk message-left message-too-short message-heard-and-recorded-again message-as-long-as-it-may-be"
    ),
    "assistant/caller/screening": "walk important-reaches-the-mobile",
    "calls/answer": (
        "outgoing-answered outgoing-busy outgoing-no-answer outgoing-answered-with-reversal outgoing-no-such-number"
    ),
    "calls/book": "known-contact local-number-of-a-contact-in-germany outgoing-answered",
    "calls/bridges": "calls/test_bridges.py handset-calls-handset second-caller-in-a-conversation",
    "calls/call": (
        "calls/test_call.py message-left outgoing-answered supervisor-killed-while-talking "
        "switchboard/test_calls_on_the_box.py"
    ),
    "calls/caller_id": "calls/test_caller_id.py known-contact",
    "calls/closing": "handset-takes-ringing-call hat-dies-in-a-message switchboard/test_mistakes.py",
    "calls/display": "handset-calls-handset second-caller-in-a-conversation",
    "calls/endings": "message-ended-by-hang-up hat-dies-in-a-message",
    "calls/following": "important-reaches-the-mobile",
    "calls/keyed": "calls/test_party.py",
    "calls/late_dial_tone": "emergency-at-an-exchange-that-is-slow emergency-at-an-exchange-that-took-half-the-number",
    "calls/legs": (
        "calls/test_party.py hang-up-in-greeting greeting-skipped-by-a-key busy-tone-alone-is-no-message "
        "outgoing-answered-with-reversal line-cut-in-a-message"
    ),
    "calls/lines": "calls/test_lines.py no-line-is-free every-line-is-dead outgoing-by-pulses",
    "calls/live": "message-left supervisor-killed-while-talking",
    "calls/mixed": "calls/test_bridges.py",
    "calls/music": "important-reaches-the-mobile",
    "calls/naming": "calls/test_party.py",
    "calls/occupancy": "emergency-during-a-call no-line-is-free emergency-on-a-call-taken-over",
    "calls/party": (
        "calls/test_party.py message-left message-heard-and-recorded-again message-deleted-by-a-word "
        "message-as-long-as-it-may-be"
    ),
    "calls/playing": "calls/test_party.py",
    "calls/ringing": "handset-calls-handset emergency-is-seen-by-the-others handset-calls-handset-in-use",
    "calls/speaking": "message-left after-hours-by-the-week",
    "calls/taking": (
        "message-ended-by-silence message-ended-by-hang-up message-sent-by-pound silence-only "
        "busy-tone-instead-of-hang-up"
    ),
    "desk": "desk control",
    "rules": "rules settings",
    "switchboard/adopting": "supervisor-killed-while-talking",
    "switchboard/alarm": "switchboard/test_alarm.py emergency-is-seen-by-the-others",
    "switchboard/arriving": (
        "message-left handset-takes-ringing-call handset-lifted-after-the-message blocked-caller "
        "fax-received caller-keeps-the-line emergency-on-a-call-taken-over"
    ),
    "switchboard/cry_for_help": "emergency-on-a-call-taken-over emergency-after-a-pause-on-a-call-taken-over",
    "switchboard/from_page": "switchboard/test_calls_on_the_box.py",
    "switchboard/handset": (
        "handset-calls-handset outgoing-answered emergency-after-prefix code-that-cannot-be-dialled "
        "emergency-after-a-pause"
    ),
    "switchboard/house": "handset-takes-ringing-call two-lines-at-once",
    "switchboard/inside": "handset-calls-handset handset-calls-handset-in-use",
    "switchboard/off_hook": "handset-lifted-after-the-message emergency-on-a-call-taken-over",
    "switchboard/parts": "message-left",
    "switchboard/placing": (
        "outgoing-answered emergency-during-a-call no-line-is-free every-line-is-dead switchboard/test_alarm.py"
    ),
    "switchboard/ports": "handset-calls-handset switchboard/test_elsewhere.py",
    "switchboard/reaching": "important-reaches-the-mobile",
    "switchboard/ring_phase": (
        "message-left parallel-telephone-answers reminder-ring caller-rings-off distinctive-ring "
        "second-caller-as-the-first-gives-up no-caller-id hang-up-as-the-box-answers"
    ),
    "switchboard/router": "handset-takes-ringing-call supervisor-killed-while-talking outgoing-answered",
    "switchboard/state": "switchboard/test_calls_on_the_box.py",
    "switchboard/talking": "handset-calls-handset outgoing-answered",
    "switchboard/targets": "important-reaches-the-mobile",
    "switchboard/waiting": "second-caller-in-a-conversation switchboard/test_waiting.py",
}
"""A file of a room, or all of one -> what looks after it nearest: parts of TESTS, scenarios, and the walk."""


def nearest(room: str, module: str) -> list[str]:
    """The arguments of pytest for a file of a room, by its path there without ".py"."""
    named = (NEAREST.get(f"{room}/{module}") or NEAREST.get(room) or "message-left").split()
    return [_arguments(name) for name in named]


def _arguments(name: str) -> str:
    if name == "walk":
        return "tests/tools/test_walk.py"
    if name.endswith(".py") or name in ROOMS or name in ("control", "settings"):
        return f"{TESTS}/{name}"
    return f"tests/scenarios/test_scenarios.py::test_scenario[{name}]"
