"""What takes our own voice out of what a line gives back, as the Health page says it."""

from __future__ import annotations

from drivers.signals.echo.canceller import ECHO_ENGINE
from firmware.supervisor.health import Check, check

WORDS = "A model of the line takes our own voice out of what it gives back"


def checks() -> list[Check]:
    """Which library waits behind our own model."""
    name = "Echo canceller"
    if ECHO_ENGINE == "speexdsp":
        return [check(name, "ok", f"{WORDS}; {ECHO_ENGINE} waits behind it for echo that comes late.")]
    text = f"{WORDS}; libspeexdsp is not on this machine, so a slower canceller of our own takes out late echo."
    return [check(name, "warn", text, "Install the package libspeexdsp1.")]
