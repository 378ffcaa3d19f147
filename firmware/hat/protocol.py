"""Every message of the serial link between the Pi and the HAT, declared once; both sides read this module.

A frame on the wire is ``00 | COBS(header 8, payload 0..1000, inverted CRC-16 BE) | 00`` (see ``cobs``). The header is
little-endian: u8 type, u8 port or port mask, u16 sequence, u32 time stamp. A time stamp is the HAT's 8 kHz sample
counter, modulo 2**32. Audio, commands (with HELLO, CFG, REG, SELFTEST, UPDATE) and events count their sequences apart.

Reliability: a command is answered with the same sequence and resent after RESEND_MS, RETRIES times; the HAT answers
a (session, sequence) it has already acted on from memory and does not act again. An event is resent until acked.
Events are delivered to the box in the order of their sequence; a HELLO with a new session starts the event sequence at
0 again, with the events not yet acked first. Audio is never resent: a lost block is concealed and counted.

Runs under CPython and MicroPython: no typing, no dataclasses. Source of the layout: reference/hardware.md 7.5.
"""

import struct

VERSION = 1
RATE = 8000  # samples per second
BLOCK = 160  # samples a port in one audio block: 20 ms
PLAYOUT_DELAY = 320  # samples: the answer to time stamp T is played at T + this (HELLO_R tells it)
MAX_PAYLOAD = 1000  # bytes
HEADER = "<BBHI"
HEADER_SIZE = 8
NO_PORT = 0xFF  # the header's port where a message is about the whole board

RESEND_MS = 200
RETRIES = 3
HOST_SILENT_MS = 3000  # then ring off, ports on hook and muted (except a direct bridge in use)
LIFELINE_MS = 8000  # then the lifeline relay is released
LINK_LOST_MS = 500  # no block for this long by the Pi's monotonic clock: the link is lost

# Message types. ANSWERS, below, names each request's answer.
HELLO = 0x01
HELLO_R = 0x81
PING = 0x02
PONG = 0x82
ACK = 0x03
CMD = 0x10
CMD_R = 0x90
REG = 0x11
REG_R = 0x91
CFG = 0x12
CFG_R = 0x92
AUDIO_UP = 0x20
AUDIO_DOWN = 0x21
EVENT = 0x30
STATUS = 0x31
SELFTEST = 0x40
SELFTEST_R = 0xC0
SELFTEST_STEP = 0x41
SELFTEST_DONE = 0x42
UPDATE_BEGIN = 0x50
UPDATE_CHUNK = 0x51
UPDATE_END = 0x52
UPDATE_SWITCH = 0x53
UPDATE_CONFIRM = 0x54
UPDATE_ABORT = 0x55
UPDATE_R = 0xD0
LOG = 0x7E

# request -> the type of its answer, which has the same sequence. The UPDATE messages share one, whose first field says
# which of them it answers.
ANSWERS = {
    HELLO: HELLO_R,
    CMD: CMD_R,
    REG: REG_R,
    CFG: CFG_R,
    SELFTEST: SELFTEST_R,
    UPDATE_BEGIN: UPDATE_R,
    UPDATE_CHUNK: UPDATE_R,
    UPDATE_END: UPDATE_R,
    UPDATE_SWITCH: UPDATE_R,
    UPDATE_CONFIRM: UPDATE_R,
    UPDATE_ABORT: UPDATE_R,
}

# type -> (name, struct format of the fixed part, names of its fields). A trailing variable part of bytes, where a
# message has one, is the last name, marked "*".
MESSAGES = {
    HELLO: ("HELLO", "<BI", ("version", "session")),
    HELLO_R: (
        "HELLO_R",
        "<BBIBBB8sBB8sHBH",
        (
            "version",
            "status",
            "session",
            "fw_major",
            "fw_minor",
            "fw_patch",
            "uid",
            "board_rev",
            "ports",
            "kinds",
            "playout_delay",
            "reset_cause",
            "features",
        ),
    ),
    PING: ("PING", "<Q", ("host_ns",)),
    PONG: ("PONG", "<Q", ("host_ns",)),
    ACK: ("ACK", "<BHB", ("type", "seq", "status")),
    CMD: ("CMD", "<BI", ("op", "at", "*args")),
    CMD_R: ("CMD_R", "<BB", ("op", "status", "*reply")),
    REG: ("REG", "<BBB", ("chip", "write", "register", "*values")),
    REG_R: ("REG_R", "<BBB", ("chip", "status", "register", "*values")),
    CFG: ("CFG", "<B", ("key", "*value")),
    CFG_R: ("CFG_R", "<BBH", ("key", "status", "crc")),
    # missing_ts: the time stamp answered by the block that should play in this block and did not come.
    AUDIO_UP: ("AUDIO_UP", "<BBI", ("flags", "fill", "missing_ts", "*samples")),
    AUDIO_DOWN: ("AUDIO_DOWN", "<", ("*samples",)),
    EVENT: ("EVENT", "<BI", ("kind", "ts", "*args")),
    STATUS: (
        "STATUS",
        "<IHHHHHHHBB",
        (
            "heap_free",
            "gc_max_us",
            "loop_max_us",
            "rx_frames",
            "crc_errors",
            "underruns",
            "overruns",
            "mv_5v",
            "temp_c",
            "flags",
            "*ports",
        ),
    ),
    SELFTEST: ("SELFTEST", "<B", ("which",)),  # 0: everything, n + 1: port n
    SELFTEST_R: ("SELFTEST_R", "<B", ("status",)),
    SELFTEST_STEP: ("SELFTEST_STEP", "<BBh", ("step", "result", "value", "*text")),
    SELFTEST_DONE: ("SELFTEST_DONE", "<B", ("failed",)),
    UPDATE_BEGIN: ("UPDATE_BEGIN", "<I32s", ("size", "sha256", "*name")),
    UPDATE_CHUNK: ("UPDATE_CHUNK", "<I", ("offset", "*data")),
    UPDATE_END: ("UPDATE_END", "<", ()),
    UPDATE_SWITCH: ("UPDATE_SWITCH", "<", ()),
    UPDATE_CONFIRM: ("UPDATE_CONFIRM", "<", ()),
    UPDATE_ABORT: ("UPDATE_ABORT", "<", ()),
    UPDATE_R: ("UPDATE_R", "<BB", ("type", "status")),
    LOG: ("LOG", "<B", ("level", "*text")),
}

# Status codes of answers.
OK = 0
ERR_VERSION = 1
ERR_UNKNOWN = 2  # no such message, op, key or kind
ERR_PORT = 3  # the port does not exist or is of the wrong kind
ERR_STATE = 4  # not possible in the port's present state
ERR_ARGS = 5
ERR_CHIP = 6  # the chip does not answer as it should
STATUS_TEXT = (
    "ok",
    "protocol versions differ",
    "unknown request",
    "wrong port",
    "not possible in this state",
    "wrong arguments",
    "chip fault",
)

# Port kinds (HELLO_R.kinds, one byte a port). A HAT has FXO and FXS; EXT (a telephone) and TRUNK (a line) are in a
# process beside the box that plays the HAT over a Unix socket (drivers/remote.py).
NONE = 0
FXO = 1
FXS = 2
EXT = 3
TRUNK = 4

# HELLO_R.features.
FEATURE_TRIAL = 1  # this program is on trial: it has CONFIRM_S to pass its self-test and be confirmed
FEATURE_SLOT_B = 2  # it runs from slot b
CONFIRM_S = 60

# LOG.level.
LOG_DEBUG = 0
LOG_INFO = 1
LOG_WARNING = 2
LOG_ERROR = 3

# AUDIO_UP flags.
FLAG_MISSING = 1  # missing_ts is valid: silence was played instead
FLAG_LATE = 2  # a late block was dropped since the last frame
FLAG_MUTED = 4

# Bits of a port's state in STATUS.
STATE_OFFHOOK = 1
STATE_RINGING = 2
STATE_BATTERY = 4  # FXO: the line has voltage; FXS: linefeed is up
STATE_REVERSED = 8
STATE_FAULT = 16
STATE_BRIDGED = 32
STATE_MONITOR = 64
STATE_IN_USE = 128  # FXO: a parallel telephone is off hook
# One port's record in STATUS: state, line volts (signed), loop mA, battery volts (positive; FXS).
STATUS_PORT = "<BbBB"
STATUS_RELAY = 1  # STATUS.flags: the HAT drives its half of the lifeline relay; with the Pi's, handset C is on the box
STATUS_SAFE = 2  # the HAT is in its safe state

# Operations of CMD: op -> (name, struct format of the arguments, names). "*" as above.
OP_ONHOOK = 1
OP_OFFHOOK = 2
OP_FLASH = 3
OP_PULSE = 4
OP_RING = 5
OP_RING_STOP = 6
OP_LINEFEED = 7
OP_POLARITY = 8
OP_CPC = 9
OP_GAIN = 10
GAIN_LEAST, GAIN_MOST = -150, 120  # tenths of a dB: what the line chips can do
OP_OPERMODE = 11
OP_ACIM = 12
OP_HYBRID = 13
OP_CID_MONITOR = 14
OP_RELAY = 15
OP_LOOPBACK = 16
OP_BRIDGE = 17
OP_UNBRIDGE = 18
OP_MUTE = 19
OP_LAMP = 20
OPS = {
    OP_ONHOOK: ("ONHOOK", "<", ()),
    OP_OFFHOOK: ("OFFHOOK", "<", ()),
    OP_FLASH: ("FLASH", "<H", ("ms",)),
    OP_PULSE: ("PULSE", "<", ("*digits",)),
    OP_RING: ("RING", "<B", ("cadence",)),
    OP_RING_STOP: ("RING_STOP", "<", ()),
    OP_LINEFEED: ("LINEFEED", "<B", ("state",)),
    OP_POLARITY: ("POLARITY", "<B", ("reversed",)),
    OP_CPC: ("CPC", "<H", ("ms",)),
    OP_GAIN: ("GAIN", "<hh", ("tx_tenth_db", "rx_tenth_db")),
    OP_OPERMODE: ("OPERMODE", "<8B", ("ohs", "ohs2", "rz", "rt", "ilim", "dcv", "mini", "acim")),
    OP_ACIM: ("ACIM", "<B", ("acim",)),
    OP_HYBRID: ("HYBRID", "<8b", ("t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8")),
    OP_CID_MONITOR: ("CID_MONITOR", "<B", ("on",)),
    OP_RELAY: ("RELAY", "<B", ("on",)),
    OP_LOOPBACK: ("LOOPBACK", "<B", ("mode",)),
    OP_BRIDGE: ("BRIDGE", "<BB", ("a", "b")),
    OP_UNBRIDGE: ("UNBRIDGE", "<BB", ("a", "b")),
    OP_MUTE: ("MUTE", "<B", ("directions",)),
    OP_LAMP: ("LAMP", "<B", ("on",)),
}
MUTE_NONE = 0
MUTE_TO_PORT = 1  # what the box or the bridge sends to this port
MUTE_FROM_PORT = 2  # what this port sends to its bridge partner; the Pi still hears it

# Linefeed states of OP_LINEFEED (Si3210 register 64).
LF_OPEN = 0
LF_FORWARD = 1
LF_FORWARD_OHT = 2
LF_RINGING = 4
LF_REVERSE = 5
LF_REVERSE_OHT = 6

# Keys of CFG. The Pi sends the active country's row after HELLO; the HAT keeps the last one.
CFG_DUMP = 0
CFG_LAW = 1
CFG_FXO = 2
CFG_RING = 3
CFG_CADENCE = 4
CFG_FLASH = 5
CFG_CPC = 6
CFG_PULSE = 7
CFG_SUPPLY = 8
CFG_KEYS = {
    CFG_LAW: ("LAW", "<B", ("law",)),  # 0 mu-law, 1 A-law
    CFG_FXO: ("FXO", "<8B", ("ohs", "ohs2", "rz", "rt", "ilim", "dcv", "mini", "acim")),
    CFG_RING: ("RING", "<HB", ("tenth_hz", "volts_peak")),
    CFG_CADENCE: ("CADENCE", "<B8H", ("id", "on1", "off1", "on2", "off2", "on3", "off3", "on4", "off4")),  # ms
    CFG_FLASH: ("FLASH", "<HH", ("min_ms", "max_ms")),
    CFG_CPC: ("CPC", "<H", ("min_ms",)),
    CFG_PULSE: ("PULSE", "<BB", ("pps", "break_percent")),
    CFG_SUPPLY: ("SUPPLY", "<B", ("jack_12v",)),  # 1: 12 V is plugged in, both handsets may ring at once; 0 until told
}
LAW_MU = 0
LAW_A = 1

# Kinds of EVENT: kind -> (name, struct format of the arguments, names).
EV_RING_START = 1
EV_RING_STOP = 2
EV_HOOK_OFF = 3
EV_HOOK_ON = 4
EV_FLASH = 5
EV_PULSE_DIGIT = 6
EV_BATT_LOST = 7
EV_BATT_BACK = 8
EV_POLREV = 9
EV_CPC = 10
EV_RINGTRIP = 11
EV_RING_BURST_END = 12
EV_OVERLOAD = 13
EV_LINE_IN_USE = 14
EV_LINE_FREE = 15
EV_TEMP = 16
EV_POWER = 17
EV_CHIP_FAULT = 18
EV_CHIP_BACK = 19
EV_WDT_NEAR = 20
EV_SAFE = 21
EV_RELAY = 22
EVENTS = {
    EV_RING_START: ("RING_START", "<", ()),
    EV_RING_STOP: ("RING_STOP", "<H", ("ms",)),  # one burst of ringing ended; ms is its length
    EV_HOOK_OFF: ("HOOK_OFF", "<", ()),
    EV_HOOK_ON: ("HOOK_ON", "<", ()),
    EV_FLASH: ("FLASH", "<H", ("ms",)),
    EV_PULSE_DIGIT: ("PULSE_DIGIT", "<B", ("digit",)),  # ASCII
    EV_BATT_LOST: ("BATT_LOST", "<", ()),
    EV_BATT_BACK: ("BATT_BACK", "<", ()),
    EV_POLREV: ("POLREV", "<B", ("reversed",)),
    EV_CPC: ("CPC", "<H", ("ms",)),  # the loop opened for this long while off hook
    EV_RINGTRIP: ("RINGTRIP", "<", ()),
    EV_RING_BURST_END: ("RING_BURST_END", "<B", ("burst",)),
    EV_OVERLOAD: ("OVERLOAD", "<B", ("ma",)),
    EV_LINE_IN_USE: ("LINE_IN_USE", "<", ()),
    EV_LINE_FREE: ("LINE_FREE", "<", ()),
    EV_TEMP: ("TEMP", "<b", ("celsius",)),
    EV_POWER: ("POWER", "<H", ("mv",)),
    EV_CHIP_FAULT: ("CHIP_FAULT", "<B", ("why", "*text")),
    EV_CHIP_BACK: ("CHIP_BACK", "<", ()),
    EV_WDT_NEAR: ("WDT_NEAR", "<H", ("ms",)),
    EV_SAFE: ("SAFE", "<B", ("on",)),
    EV_RELAY: ("RELAY", "<B", ("on",)),  # the HAT's half of the lifeline relay
}

# CHIP_FAULT.why: what is wrong with a port.
FAULT_SILENT = 1  # the chip does not answer on SPI
FAULT_ISOLATION = 2  # FXO: the isolation link to the line side is down
FAULT_CLOCK = 3  # no PCM clock at the chip
FAULT_BATTERY = 4  # FXS: no battery voltage
FAULT_CALIBRATION = 5
FAULT_RING = 6  # ringing into a short circuit or too many bells
FAULT_INTERRUPT = 7  # the interrupt line is stuck low; the port is polled
FAULT_REGISTER = 8  # the chip has lost its settings
FAULT_POWER = 9  # supply too low
FAULT_LEAK = 10  # FXS: the battery voltage decays too fast

# SELFTEST_STEP: what was tested, and how it came out. Volts, mA, mV, tenths of REN or a fault code as the value.
STEP_SUPPLY = 0
STEP_CHIP = 1
STEP_VOLTAGE = 2
STEP_POLARITY = 3
STEP_CURRENT = 4
STEP_DIAL_TONE = 5
STEP_BATTERY = 6
STEP_LEAK = 7
STEP_REN = 8
STEP_NAMES = (
    "supply",
    "chip",
    "line voltage",
    "polarity",
    "loop current",
    "dial tone",
    "battery",
    "leakage",
    "ringer load",
)
RESULT_OK = 0
RESULT_WARN = 1
RESULT_FAIL = 2


class ProtocolError(Exception):
    """Raised when a frame's payload does not have the form declared here."""


def _pack(fmt, names, values):
    tail = b""
    if names and names[-1][0] == "*" and len(values) == len(names):
        tail = bytes(values[-1])
        values = values[:-1]
    return struct.pack(fmt, *values) + tail


def _unpack(what, fmt, names, data):
    size = struct.calcsize(fmt)
    variable = bool(names) and names[-1][0] == "*"
    if len(data) < size or (len(data) > size and not variable):
        raise ProtocolError("%s: %d bytes, expected %s%d" % (what, len(data), ">= " if variable else "", size))
    values = struct.unpack(fmt, data[:size])
    return values + (bytes(data[size:]),) if variable else values


def pack(kind, *values):
    """The payload of a message of type ``kind``; the variable part, if any, is the last value."""
    _, fmt, names = MESSAGES[kind]
    return _pack(fmt, names, values)


def unpack(kind, payload):
    """The values of a payload, in the order of MESSAGES. Raises ProtocolError on a wrong length or unknown type."""
    if kind not in MESSAGES:
        raise ProtocolError("unknown message type 0x%02x" % kind)
    name, fmt, names = MESSAGES[kind]
    return _unpack(name, fmt, names, payload)


def pack_args(table, code, *values):
    """The argument bytes of an entry of OPS, EVENTS or CFG_KEYS."""
    _, fmt, names = table[code]
    return _pack(fmt, names, values)


def unpack_args(table, code, data):
    """The arguments of an entry of OPS, EVENTS or CFG_KEYS. Raises ProtocolError on a wrong length or unknown code."""
    if code not in table:
        raise ProtocolError("unknown code %d" % code)
    name, fmt, names = table[code]
    return _unpack(name, fmt, names, data)


def valid_fxo_row(row):
    """Whether these are ohs, ohs2, rz, rt, ilim, dcv, mini, acim as the Si3050's registers hold them."""
    return all(bit <= 1 for bit in row[:5]) and row[5] <= 3 and row[6] <= 3 and row[7] <= 15
