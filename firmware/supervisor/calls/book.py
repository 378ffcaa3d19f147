"""Whose number this is, by the office's contacts."""

from __future__ import annotations

import logging

from drivers.clock import SampleLoop
from firmware.supervisor.rules.numbers import Number, Numbers
from firmware.supervisor.store import contacts
from firmware.supervisor.store.contacts import Known
from firmware.supervisor.store.database import Database

log = logging.getLogger(__name__)


class Book:
    """The contacts, as a call asks for them: where the store fails nobody is known."""

    def __init__(self, loop: SampleLoop, database: Database, numbers: Numbers) -> None:
        self._loop = loop
        self._database = database
        self._numbers = numbers

    async def known(self, number: Number) -> Known | None:
        """The contact that a number belongs to, if there is one."""
        try:
            ways = self._numbers.ways(number)
            return await self._loop.settle(self._database.write(contacts.find_by_number, number.e164, ways))
        except Exception as error:
            log.error("contacts: %s", error)
            return None
