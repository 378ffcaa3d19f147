"""What a request of the control socket is: how its act is called, and what its arguments must be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from firmware.supervisor.control.arguments import Argument
from firmware.supervisor.desk.desk import Actor, Desk

Run = Callable[[Desk, Actor, dict[str, Any]], Awaitable[Any]]


@dataclass(frozen=True)
class Request:
    """Who may ask stands in ``rules/rights`` under the request's name."""

    run: Run
    arguments: Mapping[str, Argument] = field(default_factory=dict)
