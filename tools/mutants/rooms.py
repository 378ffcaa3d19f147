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
