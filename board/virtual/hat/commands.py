"""What the Pi's commands (CMD) make a HAT do: checked, done at once or at their time stamp."""

from __future__ import annotations

from collections.abc import Callable

from board.virtual.hat.audio import AudioPath, Port
from board.virtual.hat.fxo import FxoPort
from board.virtual.hat.fxs import FxsPort
from board.virtual.hat.lifeline import Lifeline
from board.virtual.hat.settings import Settings
from firmware.hat import protocol as p
from firmware.hat.protocol import RATE

MAX_LATER = 60 * RATE  # samples ahead that a command may be asked for
GAIN_TENTH_DB = (-400, 120)

Command = Callable[[Port, tuple[int, ...], int], int]


class Commands:
    """The commands of one HAT, on its ports."""

    def __init__(self, ports: list[Port], audio: AudioPath, lifeline: Lifeline, settings: Settings) -> None:
        self._ports = ports
        self._audio = audio
        self._lifeline = lifeline
        self._settings = settings
        self._later: list[tuple[int, Callable[[], object]]] = []  # sample at which it is due, what
        self._table: dict[int, Command] = {
            p.OP_ONHOOK: self._on_hook,
            p.OP_OFFHOOK: self._off_hook,
            p.OP_FLASH: lambda port, args, at: _fxo(port, lambda fxo: fxo.flash(args[0], at)),
            p.OP_RING: self._ring,
            p.OP_RING_STOP: lambda port, args, at: _fxs(port, lambda fxs: fxs.stop_ringing(at)),
            p.OP_LINEFEED: lambda port, args, at: _fxs(port, lambda fxs: fxs.linefeed(args[0], at)),
            p.OP_POLARITY: lambda port, args, at: _fxs(port, lambda fxs: fxs.polarity(bool(args[0]), at)),
            p.OP_CPC: lambda port, args, at: _fxs(port, lambda fxs: fxs.drop_loop(args[0], at)),
            p.OP_GAIN: self._gain,
            p.OP_OPERMODE: self._opermode,
            p.OP_ACIM: lambda port, args, at: _fxo(port, lambda fxo: None),
            p.OP_HYBRID: lambda port, args, at: _fxo(port, lambda fxo: None),
            p.OP_CID_MONITOR: self._monitor,
            p.OP_LOOPBACK: self._loopback,
            p.OP_MUTE: self._mute,
            p.OP_LAMP: lambda port, args, at: _fxs(port, lambda fxs: setattr(fxs, "lamp", bool(args[0]))),
        }

    def do(self, op: int, number: int, at: int, data: bytes, now: int) -> int:
        """Checks a command, and does it now or at sample ``at`` (0 or past: now); a status code."""
        if op not in p.OPS:
            return p.ERR_UNKNOWN
        try:
            args = p.unpack_args(p.OPS, op, data)
        except p.ProtocolError:
            return p.ERR_ARGS
        if op == p.OP_RELAY:
            return self._lifeline.set_relay(bool(args[0]), now)
        if op in (p.OP_BRIDGE, p.OP_UNBRIDGE):
            return self._bridge(op == p.OP_BRIDGE, args[0], args[1])
        if number >= len(self._ports):
            return p.ERR_PORT
        port = self._ports[number]
        if op == p.OP_PULSE:
            return _fxo(port, lambda fxo: fxo.dial_pulses(args[0], now))
        if now < at < now + MAX_LATER:
            self._later.append((at, lambda: self._table[op](port, args, at)))
            return p.OK
        return self._table[op](port, args, now)

    def tick(self, end: int) -> None:
        """Does what is due before sample ``end``."""
        if self._later:
            due = [work for at, work in self._later if at < end]
            self._later = [(at, work) for at, work in self._later if at >= end]
            for work in due:
                work()

    def _opermode(self, port: Port, args: tuple[int, ...], at: int) -> int:
        return _fxo(port, lambda fxo: fxo.set_country(args)) if p.valid_fxo_row(args) else p.ERR_ARGS

    def _on_hook(self, port: Port, args: tuple[int, ...], at: int) -> int:
        return _fxo(port, lambda fxo: fxo.hook(False, at))

    def _off_hook(self, port: Port, args: tuple[int, ...], at: int) -> int:
        return _fxo(port, lambda fxo: fxo.hook(True, at))

    def _ring(self, port: Port, args: tuple[int, ...], at: int) -> int:
        if port.kind != p.FXS:
            return p.ERR_PORT
        cadence = self._settings.cadences.get(args[0])
        return p.ERR_ARGS if cadence is None else _fxs(port, lambda fxs: fxs.ring(cadence, at))

    def _gain(self, port: Port, args: tuple[int, ...], at: int) -> int:
        if not all(GAIN_TENTH_DB[0] <= tenth <= GAIN_TENTH_DB[1] for tenth in args):
            return p.ERR_ARGS
        port.tx_gain, port.rx_gain = (tenth / 10.0 for tenth in args)
        return p.OK

    def _monitor(self, port: Port, args: tuple[int, ...], at: int) -> int:
        port.monitor = bool(args[0])
        return p.OK

    def _loopback(self, port: Port, args: tuple[int, ...], at: int) -> int:
        port.loopback = args[0]
        return p.OK

    def _mute(self, port: Port, args: tuple[int, ...], at: int) -> int:
        if args[0] & ~(p.MUTE_TO_PORT | p.MUTE_FROM_PORT):
            return p.ERR_ARGS
        port.mute = args[0]
        return p.OK

    def _bridge(self, join: bool, one: int, other: int) -> int:
        if one == other or max(one, other) >= len(self._ports):
            return p.ERR_PORT
        # the line goes first: its hybrid answers within the block, the handset's echo is left out while bridged
        pair = (min(one, other), max(one, other))
        taken = {port for bridge in self._audio.bridges for port in bridge}
        if not join:
            if pair not in self._audio.bridges:
                return p.ERR_STATE
            self._audio.bridges.remove(pair)
        elif pair not in self._audio.bridges:
            if taken & set(pair):
                return p.ERR_STATE
            self._audio.bridges.append(pair)
        return p.OK


def _fxo(port: Port, act: Callable[[FxoPort], int | None]) -> int:
    return act(port) or p.OK if isinstance(port, FxoPort) else p.ERR_PORT


def _fxs(port: Port, act: Callable[[FxsPort], int | None]) -> int:
    return act(port) or p.OK if isinstance(port, FxsPort) else p.ERR_PORT
