"""Who answers a line: the receptionist, where its setting says so and there is a tree, else the assistant."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from typing import Any

from firmware.supervisor.assistant.office import Announcement
from firmware.supervisor.assistant.receptionist import Desk
from firmware.supervisor.calls.call import Call
from firmware.supervisor.rules.tree import Tree, TreeError, tree
from firmware.supervisor.store import receptionist
from firmware.supervisor.switchboard.parts import Parts

log = logging.getLogger(__name__)


def is_at(parts: Parts, line: str) -> bool:
    """Whether callers on this line come to the receptionist."""
    return parts.settings.text(f"lines.{line}.answered_by") == "receptionist"


async def desk(parts: Parts, call: Call, status: str, announce: Announcement) -> Desk | None:
    """What the receptionist knows as she answers ``call``; None where there is no tree, or the store fails."""
    try:
        kept, used = await parts.loop.settle(parts.database.write(_known))
        found: Tree = tree(kept)
    except TreeError as error:
        log.warning("receptionist: %s", error)
        return None
    except Exception:  # callers are answered all the same
        log.exception("receptionist")
        return None

    def idle(handsets: Sequence[str]) -> Sequence[str]:
        return sorted(handsets, key=lambda handset: used.get(handset, 0))

    extensions = {parts.plan.extension(node.handsets[0]): who for who, node in found.people.items()}
    extensions.pop("", None)
    return Desk(found, status, announce, extensions, idle, lambda reason: call.note("decision", reason))


def _known(connection: sqlite3.Connection) -> tuple[Any, dict[str, int]]:
    """The tree, and when each handset was used last."""
    return receptionist.kept(connection), receptionist.last_used(connection)
