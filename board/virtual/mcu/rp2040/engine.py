"""The engine that boots the HAT's image on a whole RP2040: real time on the chip, blocks of 20 ms outside.

What the board does between ``begin`` and ``finish`` happens on the chip at the frame with which a block begins to play:
what will play is in memory then. ``finish`` runs to PI_FRAME, when the captured block has gone out; what the Pi answers
is on the wire from there on, as on a real link. The upward block is driven bit by bit on the PCM pin, SPI and the other
pins go to the bench as they change. A watchdog's reset stays on the chip, whose flash is kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from board.virtual.chips.bench import ALIVE, FXO, FXS, IRQ, LED, LINE_RESET, RELAY, Bench
from board.virtual.mcu.rp2040.chip import FSYNC, INT_FXO, INT_FXS, PCLK, PCM_IN, Rp2040
from firmware.hat.protocol import BLOCK, RATE

IMAGE = Path(__file__).resolve().parents[4] / "build" / "hat" / "frontdesk-hat.uf2"
PI_FRAME = 88  # 11 ms into a block: four ports have left by 7.3 ms, and are back 7.3 ms later
FRAME_US = 1_000_000 / RATE
BLOCK_US = BLOCK * FRAME_US
BLOCK_BYTES = 4 * BLOCK
BITS = 64
UP_BITS = 32
LOOK_EVERY = 8  # frames: the chips' interrupt lines are looked at each millisecond, and after every SPI byte
RING_MASK = 0x3FF  # a downward buffer begins at a multiple of 1024
ADC_5V, ADC_NTC = 1, 2


class Emulated:
    """``pcm_starts``: board microseconds of each start of the PCM clocks; ``resets``: how often the watchdog bit."""

    def __init__(self, bench: Bench, program: Path, flash: Path, cause: int, image: Path = IMAGE) -> None:
        """``program``, ``flash`` and ``cause`` are the other engines'. Raises RuntimeError without an image."""
        if not image.exists():
            raise RuntimeError(f"{image}: no image of the HAT (make firmware)")
        self._bench = bench
        self.chip = Rp2040(image, self._spi, self._reset)
        self.resets = 0
        self.pcm_starts: list[float] = []
        self._up = bytes(BLOCK_BYTES)
        self._word = 0
        self._level = 0
        self._bit = 0
        self._frame = -1
        self._target = 0
        self._offset = 0.0  # board us of the present block's first sample
        self._sample = -1
        gpio = self._gpio = self.chip.mcu.gpio
        self._in: Any = gpio[PCM_IN]
        gpio[PCLK].add_listener(self._pclk)
        gpio[FSYNC].add_listener(self._fsync)
        for pin in (LINE_RESET, RELAY, IRQ, ALIVE, LED):
            gpio[pin].add_listener(lambda now, _, pin=pin: bench.pin(pin, int(now == 1)))
        self._look()

    def begin(self, uart: bytes) -> bytes:
        chip, bench = self.chip, self._bench
        volts, ntc = bench.converters()
        chip.mcu.adc.channel_values[ADC_5V] = volts >> 4
        chip.mcu.adc.channel_values[ADC_NTC] = ntc >> 4
        chip.uart.held = bench.rts_stuck
        chip.uart.release() if not bench.rts_stuck else None
        chip.uart.feed(uart)
        self._offset = chip.micros + BLOCK_US - PI_FRAME * FRAME_US
        self._run_to(0, BLOCK_US - PI_FRAME * FRAME_US)
        return self._down()

    def finish(self, up: bytes) -> bytes:
        self._up = up
        self._frame_word()
        self._offset = self.chip.micros
        self._run_to(PI_FRAME, PI_FRAME * FRAME_US)
        uart = self.chip.uart
        sent, uart.sent = bytes(uart.sent), bytearray()
        return sent

    def close(self) -> None:
        self.chip.stop()

    # Time

    def _run_to(self, frame: int, otherwise_us: float) -> None:
        """Runs to a frame of the block, or that long where the clocks stand still."""
        self._target = frame
        before = self._frame
        self.chip.run(2 * BLOCK_US if self._frame >= 0 else otherwise_us)
        if self._frame == before and before >= 0:
            self._frame = -1
            self._bench.set_clocks(0, 0)

    def _reset(self) -> None:
        self.resets += 1
        self._frame = -1
        self._bench.power_off()

    # PCM

    def _fsync(self, now: Any, _: Any) -> None:
        if now != 1:
            return
        if self._frame < 0:  # the clocks have started: this is frame 0
            self._frame = 0
            self._bit = 0
            self.pcm_starts.append(self.chip.micros)
            self._bench.set_clocks(BITS * RATE, RATE)
            self._frame_word()
        if self._frame == self._target:
            self.chip.stop()
        if self._frame % LOOK_EVERY == 0:
            self._look()

    def _pclk(self, now: Any, _: Any) -> None:
        if now != 1:
            return
        bit = self._bit = self._bit + 1 & 63
        if bit == 0:
            if self._frame < 0:
                return
            self._frame = (self._frame + 1) % BLOCK
            self._frame_word()
        level = self._word >> (31 - bit) & 1 if bit < UP_BITS else 0
        if level != self._level:
            self._level = level
            self._in.set_input_value(bool(level))

    def _frame_word(self) -> None:
        at = 4 * max(0, self._frame)
        self._word = int.from_bytes(self._up[at : at + 4], "big")

    def _down(self) -> bytes:
        """The block that begins to play: the buffer of the downward channel that runs."""
        for channel in self.chip.mcu.dma.channels:
            if channel.active and channel.treq == 0:
                return self.chip.memory(channel.read_uint32(0) & ~RING_MASK, BLOCK_BYTES)
        return bytes(BLOCK_BYTES)

    # SPI and interrupt lines

    def _spi(self, select: int, byte: int) -> int:
        self._advance()
        got = self._bench.byte(select, byte)
        self._look()
        return got

    def _advance(self) -> None:
        since = int(self.chip.micros - self._offset)
        if since * RATE // 1_000_000 != self._sample:
            self._sample = since * RATE // 1_000_000
            self._bench.advance(since)

    def _look(self) -> None:
        self._advance()
        low = self._bench.interrupts_low()
        self._gpio[INT_FXO].set_input_value(not low & FXO)
        self._gpio[INT_FXS].set_input_value(not low & FXS)
