"""The settings the Pi sends a HAT (CFG): the active country's row, kept and applied to the ports."""

from __future__ import annotations

from binascii import crc_hqx

from board.virtual.hat.audio import AudioPath, Port
from board.virtual.hat.fxo import FxoPort
from board.virtual.hat.fxs import Bells, Cadence, FxsPort
from firmware.hat import protocol as p

DEFAULT_CADENCE: Cadence = (2000, 4000)
CADENCES = 8
MAX_FLASH_MS = 2000


class Settings:
    """All settings of one HAT. ``cadences``: id -> ms on, off, on, off ..."""

    def __init__(self, ports: list[Port], audio: AudioPath, bells: Bells) -> None:
        self.cadences: dict[int, Cadence] = {0: DEFAULT_CADENCE}
        self._ports = ports
        self._audio = audio
        self._bells = bells
        self._kept: dict[tuple[int, int], bytes] = {}  # key, and port or cadence -> value as sent

    @property
    def crc(self) -> int:
        """CRC of everything set, in the order of keys, for the Pi to see whether both mean the same."""
        crc = 0xFFFF
        for (key, _), value in sorted(self._kept.items()):
            crc = crc_hqx(bytes((key,)) + value, crc)
        return crc

    def set(self, key: int, number: int, value: bytes) -> int:
        """One CFG message for a port (or the whole board); a status code."""
        if key == p.CFG_DUMP:
            return p.OK
        if key not in p.CFG_KEYS:
            return p.ERR_UNKNOWN
        try:
            fields = p.unpack_args(p.CFG_KEYS, key, value)
        except p.ProtocolError:
            return p.ERR_ARGS
        if not self._apply(key, fields):
            return p.ERR_ARGS
        self._kept[key, fields[0] if key == p.CFG_CADENCE else number] = value
        return p.OK

    def _apply(self, key: int, fields: tuple[int, ...]) -> bool:
        """Whether the values make sense; they are then in force."""
        if key == p.CFG_LAW:
            if fields[0] not in (p.LAW_MU, p.LAW_A):
                return False
            self._audio.law = "a" if fields[0] == p.LAW_A else "mu"
        elif key == p.CFG_CADENCE:
            times = tuple(ms for ms in fields[1:] if ms)
            if fields[0] >= CADENCES or not times or len(times) % 2:
                return False
            self.cadences[fields[0]] = times
        elif key == p.CFG_FLASH:
            if not fields[0] <= fields[1] <= MAX_FLASH_MS:
                return False
            for port in self._ports:
                if isinstance(port, FxsPort):
                    port.set_flash(fields[0], fields[1])
        elif key == p.CFG_PULSE:
            if not (5 <= fields[0] <= 25 and 30 <= fields[1] <= 90):
                return False
            for port in self._ports:
                if isinstance(port, FxoPort):
                    port.pulse = (fields[0], fields[1])
        elif key == p.CFG_SUPPLY:
            if fields[0] > 1:
                return False
            self._bells.together = bool(fields[0])
        elif key == p.CFG_FXO:
            if not p.valid_fxo_row(fields):
                return False
            for port in self._ports:
                if isinstance(port, FxoPort):
                    port.set_country(fields)
        elif key == p.CFG_CPC:
            for port in self._ports:
                if isinstance(port, FxoPort):
                    port.cpc_min_ms = fields[0]
        return True
