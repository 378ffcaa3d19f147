"""A second caller in mid-call: the alerting signal is answered, and the log has who waits.

While a conversation on a line goes on, `Watch` listens for the exchange's alerting signal (CAS). When it is heard the
two are taken apart, so that the person at the handset neither hears the data nor talks over it; DTMF D asks for the
caller ID (GR-30-CORE type II, EN 300 659-2: within 160 ms), which is received for at most `LISTEN_S`; then both are
bridged again. The bridge is opened rather than muted because a bridged port hears nothing of the box, mute or not.
A handset whose display answered the exchange's signal too, which it heard through the bridge, is alerted anew and sent
the caller before that (`display`); one without a display is spared it. The call's timeline gets `call waiting`, and
whoever listens to events is told. An emergency call is never interrupted for it.

Once a caller has been announced the line is known to have the service, and a flash of the handset is passed on to it:
the exchange gives the waiting caller to the person, and swaps the two at further flashes. Before that none is, since a
line without the service would hang up.

Life cycle: `async with Watch(...)` around the conversation; its end cancels a message that is being received, and the
bridge is left to whoever made it. Failure behaviour: without an answer from the exchange the conversation is
interrupted for half a second (1.2 s where people talk on) and goes on; for a handset's display half a second more. A
HAT that is gone ends the conversation anyway. The live call shows who waits for `WAITING_S` after the last signal.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.link import LinkError
from drivers.signals import tones
from drivers.signals.callerid.receiver import CallerId, CallerIdReceiver
from drivers.signals.cas import CasDetector
from drivers.signals.levels import dbm0
from firmware.hat.protocol import BLOCK, RATE
from firmware.supervisor.calls import bridges, display
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.closing import MISTAKE
from firmware.supervisor.calls.display import Shown
from firmware.supervisor.calls.endings import Gone
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.rules.reasons import because
from firmware.supervisor.switchboard.parts import Parts

log = logging.getLogger(__name__)
Samples = npt.NDArray[np.int16]

ACKNOWLEDGEMENT: Final = "D"
ACKNOWLEDGEMENT_MS: Final = 60  # 55 to 65 ms
LISTEN_S: Final = 1.2  # a message with number, name and date lasts half a second, and begins within 300 ms
NOTHING_S: Final = 0.5  # of silence: the exchange sends nothing
WAITING_S: Final = 30.0  # the exchange does not say when a waiting caller has given up: longer is not believed
NOBODY: Final[dict[str, str | None]] = {"number": None, "name": None, "reason": None}
FLASH: Final = "!"  # as a leg tells it
SILENT_DBM0: Final = -45.0


class Watch:
    """Listens for callers who wait, for the length of a conversation between ``line`` and ``handset``."""

    def __init__(self, parts: Parts, call: Call, line: Leg, handset: Leg) -> None:
        self._parts = parts
        self._call = call
        self._line = line
        self._handset = handset
        self._detector = CasDetector()
        self._receiver: CallerIdReceiver | None = None
        self._found: CallerId | None = None
        self._listened = 0  # blocks since the acknowledgement
        self._silent = 0  # blocks of silence on end
        self._showing: asyncio.Task[None] | None = None
        self._forgetting: asyncio.TimerHandle | None = None
        self._announced = False  # the line has the service
        self._flashing: asyncio.Task[None] | None = None
        self._listening = contextlib.ExitStack()

    async def __aenter__(self) -> Watch:
        if not self._call.columns.get("emergency"):
            self._listening.enter_context(self._line.port.tap(self._tap))
            self._listening.enter_context(self._handset.hears_keys(self._key))
        return self

    async def __aexit__(self, *error: object) -> None:
        self._listening.close()
        if self._forgetting is not None:
            self._forgetting.cancel()
            self._call.waits(None)
        for task in (self._showing, self._flashing):
            if task is not None:
                task.cancel()
                await asyncio.wait({task})

    def _tap(self, raw: Samples, heard: Samples) -> None:
        if self._showing is None or self._showing.done():
            if self._detector.feed(raw):
                self._showing = asyncio.ensure_future(self._show())
        elif self._receiver is not None:
            self._listened += 1
            self._silent = self._silent + 1 if dbm0(raw) < SILENT_DBM0 else 0
            for caller in self._receiver.feed(raw):
                self._found = self._found or caller

    def _key(self, key: str) -> None:
        """A key of the handset, a flash of its hook among them."""
        if key == FLASH and self._announced and (self._flashing is None or self._flashing.done()):
            self._handset.keys.remove(FLASH)
            self._flashing = asyncio.ensure_future(self._flash())

    async def _flash(self) -> None:
        """Passes a flash on: the person talks to the other caller."""
        try:
            await self._line.port.flash(self._parts.country.hook.flash_send_ms)
        except LinkError as error:
            self._line.lost(str(error))
            return
        except Exception:
            log.exception("flash on line %s", self._line.port.name)
            return
        self._call.note("decision", because("handset flashed"))
        self._call.waits(None)

    async def _show(self) -> None:
        """Asks the exchange who waits, and gives the conversation back."""
        try:
            await bridges.unbridge(self._line, self._handset)
            try:
                await self._ask()
                facts = await self._facts()
                if await self._show_to_handset(facts):
                    facts["display"] = self._handset.port.name
            except (Gone, LinkError):
                raise
            except Exception:  # two people talk, and go on talking
                log.exception("call waiting on line %s", self._line.port.name)
                facts = dict(NOBODY)
            await bridges.bridge(self._line, self._handset)
        except Gone:
            return  # the conversation is over
        except LinkError as error:
            self._line.lost(str(error))
            return
        except Exception:
            log.exception("call waiting on line %s", self._line.port.name)
            self._line.end("box", MISTAKE)
            return
        finally:
            self._receiver = None
            self._detector.reset()
        self._tell(facts)

    async def _ask(self) -> None:
        """Sends the acknowledgement and listens for the message."""
        self._found, self._listened, self._silent = None, 0, 0
        tone = tones.dtmf(ACKNOWLEDGEMENT, ACKNOWLEDGEMENT_MS, 0).read(ACKNOWLEDGEMENT_MS * RATE // 1000)
        playing = self._line.port.play(tone)
        await playing.ended
        self._receiver = CallerIdReceiver(set(self._parts.country.caller_id.schemes) - {"dtmf"} or {"bell202", "v23"})
        while not self._over():
            await asyncio.sleep(BLOCK / RATE)

    def _over(self) -> bool:
        return (
            self._found is not None
            or self._listened * BLOCK >= LISTEN_S * RATE
            or self._silent * BLOCK >= NOTHING_S * RATE
        )

    async def _facts(self) -> dict[str, str | None]:
        """Who waits, as the line and the book say."""
        found = self._found
        if found is None:
            return dict(NOBODY)
        number = self._parts.numbers.received(found.number or "")
        known = await self._parts.book.known(number)
        name = known.name if known is not None else found.name
        return {"number": number.e164 or found.number, "name": name, "reason": found.reason}

    async def _show_to_handset(self, facts: dict[str, str | None]) -> bool:
        """Sends the caller to the handset's display, if it has shown that it has one; whether it took it."""
        answered = display.take_acknowledgement(self._handset)
        found = self._found
        if found is None or not answered or not display.can_show_in_talk(self._parts.country):
            return False
        shown = Shown(found.number, facts["name"], self._parts.calendar.now(), found.reason or "unavailable")
        return await display.show_in_talk(self._handset, self._parts.country, shown)

    def _tell(self, facts: dict[str, str | None]) -> None:
        why = because("waiting caller not told")
        if self._found is not None:
            why = because("caller sent", form=self._found.form.upper(), scheme=self._found.scheme)
        self._call.note("call waiting", why, **facts)
        self._announced = self._announced or self._found is not None
        told = {key: facts[key] for key in ("number", "name", "reason")}
        self._call.waits(told)
        if self._forgetting is not None:
            self._forgetting.cancel()
        self._forgetting = asyncio.get_running_loop().call_later(WAITING_S, self._call.waits, None)
        self._parts.events.publish("waiting", {"call": self._call.id, "line": self._line.port.name, **told})
