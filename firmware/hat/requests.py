"""What the Pi asks for: HELLO, commands, settings, registers. Every request is checked, done once, and answered.

A (session, sequence) that was acted on before is answered from memory. Before HELLO every request is refused. The Pi
sends the active country's row by CFG after HELLO; the HAT keeps it until the next one.
"""

from . import logging
from . import protocol as p
from .cobs import CRC_TABLE, crc16
from .faults import ChipFault
from .version import BOARD_REV, VERSION

MAX_LATER_MS = 60000  # how far ahead a command may be asked for
MAX_LATER = 32  # commands that wait for their time
MAX_CADENCES = 8

log = logging.getLogger("requests")


class Requests:
    """Acts on ``hat``, the program's object that owns ports, link, bridges and lifeline."""

    def __init__(self, hat):
        self._hat = hat
        self.session = -1
        self.cadences = {0: (2000, 4000)}
        self._settings = {}  # (key, port or cadence) -> bytes
        self._later = []  # [ms, op, port, arguments]

    # Frames

    def frame(self, kind, port, seq, payload):
        """One frame that is no audio."""
        hat = self._hat
        if kind == p.HELLO:
            self._hello(seq, payload)
            return
        if self.session >= 0:
            hat.lifeline.heard(hat.now)
        if kind == p.PING:
            hat.link.send(p.PONG, port, seq, payload)
        elif kind == p.ACK:
            acked, number, _ = p.unpack(p.ACK, payload)
            if acked == p.EVENT:
                hat.link.acked(number)
        elif kind in (p.CMD, p.CFG, p.REG, p.SELFTEST) or p.UPDATE_BEGIN <= kind <= p.UPDATE_ABORT:
            answer = hat.link.answered(kind, seq)
            if answer is not None:
                hat.link.send_bytes(answer)
                return
            answer = self._act(kind, port, seq, payload)
            if self.session >= 0:
                hat.link.remember(kind, seq, answer)

    def _hello(self, seq, payload):
        hat = self._hat
        version, session = p.unpack(p.HELLO, payload)
        status = p.OK
        if version != p.VERSION:
            status = p.ERR_VERSION
            log.warning("HELLO of version %d refused: this HAT speaks %d", version, p.VERSION)
        else:
            if session != self.session:
                self.session = session
                hat.new_session()
            hat.lifeline.heard(hat.now)
        kinds = bytes(port.kind for port in hat.ports)
        answer = p.pack(
            p.HELLO_R, p.VERSION, status, session, VERSION[0], VERSION[1], VERSION[2], hat.uid, BOARD_REV,
            len(hat.ports), kinds + bytes(8 - len(kinds)), p.PLAYOUT_DELAY, hat.reset_cause, hat.updates.features,
        )  # fmt: skip
        hat.link.send(p.HELLO_R, p.NO_PORT, seq, answer)

    def _act(self, kind, port, seq, payload):
        """Acts on a request for the first time; the frame that answers it."""
        hat = self._hat
        if kind == p.CMD:
            op, at, args = p.unpack(p.CMD, payload)
            answer = p.pack(p.CMD_R, op, self._command(op, port, at, args), b"")
        elif kind == p.CFG:
            key, value = p.unpack(p.CFG, payload)
            status = self._configure(key, port, value)
            answer = p.pack(p.CFG_R, key, status, self._settings_crc())
        elif kind == p.REG:
            chip, write, register, values = p.unpack(p.REG, payload)
            status, got = self._register(chip, write, register, values)
            answer = p.pack(p.REG_R, chip, status, register, got)
        elif kind == p.SELFTEST:
            (which,) = p.unpack(p.SELFTEST, payload)
            status = hat.start_selftest(which) if self.session >= 0 else p.ERR_STATE
            answer = p.pack(p.SELFTEST_R, status)
        else:
            status = hat.updates.request(kind, payload) if self.session >= 0 else p.ERR_STATE
            answer = p.pack(p.UPDATE_R, kind, status)
        return hat.link.send(p.ANSWERS[kind], port, seq, answer)

    # Commands

    def _command(self, op, number, at, data):
        """Checks a command, and does it now or at its time stamp; a status code."""
        hat = self._hat
        if self.session < 0:
            return p.ERR_STATE
        if op not in p.OPS:
            return p.ERR_UNKNOWN
        try:
            args = p.unpack_args(p.OPS, op, data)
        except p.ProtocolError:
            return p.ERR_ARGS
        if op == p.OP_RELAY:
            hat.lifeline.set_relay(bool(args[0]), hat.now)
            return p.OK
        if op == p.OP_BRIDGE:
            return hat.bridges.join(args[0], args[1])
        if op == p.OP_UNBRIDGE:
            return hat.bridges.part(args[0], args[1])
        if number >= len(hat.ports):
            return p.ERR_PORT
        ahead = ((at - hat.stamp()) & 0xFFFFFFFF) // 8 if at else 0
        if 0 < ahead < MAX_LATER_MS:
            if len(self._later) >= MAX_LATER:
                return p.ERR_STATE
            self._later.append((hat.now + ahead, op, number, args))
            return p.OK
        return self._do(op, hat.ports[number], args)

    def due(self, now):
        """Does the commands whose time has come."""
        if self._later:
            due = [late for late in self._later if late[0] <= now]
            self._later = [late for late in self._later if late[0] > now]
            for _, op, number, args in due:
                self._do(op, self._hat.ports[number], args)

    def _do(self, op, port, args):
        try:
            return self._act_on(op, port, args)
        except ChipFault as fault:
            port.failed(fault)
            return p.ERR_CHIP

    def _act_on(self, op, port, args):
        if op in (p.OP_GAIN, p.OP_CID_MONITOR, p.OP_LOOPBACK, p.OP_MUTE):
            return self._do_either(op, port, args)
        if op in (p.OP_RING, p.OP_RING_STOP, p.OP_LINEFEED, p.OP_POLARITY, p.OP_CPC, p.OP_LAMP):
            return self._do_fxs(op, port, args) if port.kind == p.FXS else p.ERR_PORT
        return self._do_fxo(op, port, args) if port.kind == p.FXO else p.ERR_PORT

    def _do_either(self, op, port, args):
        if op == p.OP_GAIN:
            if not all(-400 <= tenths <= p.GAIN_MOST for tenths in args):
                return p.ERR_ARGS
            port.chip.set_gains(max(p.GAIN_LEAST, args[0]), max(p.GAIN_LEAST, args[1]))
        elif op == p.OP_CID_MONITOR:
            port.monitor = bool(args[0])
            if port.kind == p.FXO:
                port.set_monitor(bool(args[0]))
        elif op == p.OP_LOOPBACK:
            port.chip.set_loopback(args[0])
        else:
            if args[0] & ~(p.MUTE_TO_PORT | p.MUTE_FROM_PORT):
                return p.ERR_ARGS
            port.mute = args[0]
            self._hat.bridges.apply()
        return p.OK

    def _do_fxs(self, op, port, args):
        if op == p.OP_RING:
            cadence = self.cadences.get(args[0])
            return p.ERR_ARGS if cadence is None else port.ring(cadence)
        if op == p.OP_RING_STOP:
            return port.stop_ringing()
        if op == p.OP_LINEFEED:
            return port.linefeed(args[0])
        if op == p.OP_POLARITY:
            return port.polarity(args[0])
        if op == p.OP_CPC:
            return port.drop_loop(args[0])
        port.lamp = bool(args[0])
        return p.OK

    def _do_fxo(self, op, port, args):
        if op == p.OP_ONHOOK:
            return port.hook(False)
        if op == p.OP_OFFHOOK:
            return port.hook(True)
        if op == p.OP_FLASH:
            return port.flash(args[0])
        if op == p.OP_PULSE:
            return port.dial_pulses(args[0])
        if op == p.OP_OPERMODE:
            if not p.valid_fxo_row(args):
                return p.ERR_ARGS
            port.chip.set_country(args)
        elif op == p.OP_ACIM:
            if args[0] > 15:
                return p.ERR_ARGS
            port.chip.set_impedance(args[0])
        else:
            port.chip.set_hybrid(args)
        return p.OK

    # Settings

    def _configure(self, key, number, value):
        if key == p.CFG_DUMP:
            return p.OK
        if key not in p.CFG_KEYS:
            return p.ERR_UNKNOWN
        if number != p.NO_PORT and number >= len(self._hat.ports):
            return p.ERR_PORT
        try:
            fields = p.unpack_args(p.CFG_KEYS, key, value)
        except p.ProtocolError:
            return p.ERR_ARGS
        if key == p.CFG_CADENCE:
            times = tuple(ms for ms in fields[1:] if ms)
            if fields[0] >= MAX_CADENCES or not times or len(times) % 2:
                return p.ERR_ARGS
            self.cadences[fields[0]] = times
            number = fields[0]
        elif not self._valid(key, fields):
            return p.ERR_ARGS
        elif key == p.CFG_SUPPLY:
            self._hat.set_supply(bool(fields[0]))
        else:
            for port in self._hat.ports:
                # a chip that fails remembers what it is to be set to, and gets it when it is brought up again
                try:
                    self._set(key, port, fields)
                except ChipFault as fault:
                    port.failed(fault)
        self._settings[key, number] = value
        return p.OK

    def _valid(self, key, fields):
        if key == p.CFG_LAW:
            return fields[0] in (p.LAW_MU, p.LAW_A)
        if key == p.CFG_FLASH:
            return fields[0] <= fields[1] <= 2000
        if key == p.CFG_PULSE:
            return 5 <= fields[0] <= 25 and 30 <= fields[1] <= 90
        if key == p.CFG_FXO:
            return p.valid_fxo_row(fields)
        if key == p.CFG_SUPPLY:
            return fields[0] <= 1
        if key == p.CFG_RING:
            return 150 <= fields[0] <= 700 and 20 <= fields[1] <= 94
        return True

    def _set(self, key, port, fields):
        if key == p.CFG_LAW:
            port.chip.set_law(fields[0] == p.LAW_A)
            self._hat.set_law(fields[0])
        elif port.kind == p.FXO:
            if key == p.CFG_FXO:
                port.chip.set_country(fields)
            elif key == p.CFG_CPC:
                port.cpc_min_ms = fields[0]
            elif key == p.CFG_PULSE:
                port.pulse = (fields[0], fields[1])
        elif key == p.CFG_RING:
            port.chip.set_ring(fields[0], fields[1])
        elif key == p.CFG_FLASH:
            port.set_flash(fields[0], fields[1])
        elif key == p.CFG_FXO:
            port.chip.set_impedance(fields[7])

    def _settings_crc(self):
        """CRC of everything set, in the order of keys, for the Pi to see whether both mean the same."""
        crc = 0xFFFF
        for key in sorted(self._settings):
            data = bytes((key[0],)) + self._settings[key]
            crc = crc16(CRC_TABLE, data, len(data), crc)
        return crc

    # Registers

    def _register(self, number, write, register, values):
        """Service access to a chip: only while its port is idle; (status, bytes)."""
        hat = self._hat
        if self.session < 0:
            return p.ERR_STATE, b""
        if number >= len(hat.ports):
            return p.ERR_PORT, b""
        port = hat.ports[number]
        if not write:
            return p.OK, bytes((port.chip.read(register),))
        if port.off_hook or port.ringing:
            return p.ERR_STATE, b""
        if len(values) != 1:
            return p.ERR_ARGS, b""
        port.chip.write(register, values[0])
        return p.OK, bytes((port.chip.read(register),))
