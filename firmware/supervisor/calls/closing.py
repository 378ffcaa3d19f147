"""The end of a call's row, whatever the call's flow meets: no error leaves a call "going on"."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Final

from drivers.link import LinkError
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.endings import Ending, Gone
from firmware.supervisor.rules.reasons import because, from_elsewhere

log = logging.getLogger(__name__)

MISTAKE: Final = because("internal error")


@contextlib.asynccontextmanager
async def closing(call: Call, outcome: str) -> AsyncIterator[None]:
    """Ends ``call``'s row if the block raises, at once, and raises on.

    ``outcome`` is that of a party that went; the HAT's failure is "interrupted", any other error "failed".
    """
    try:
        yield
    except Gone as gone:
        await call.finish(Ending.of(gone, outcome))
        raise
    except LinkError as error:
        await call.end("interrupted", "link", from_elsewhere(str(error), "link lost"))
        raise
    except Exception:
        log.exception("call %s", call.id)
        await call.end("failed", "box", MISTAKE)
        raise
