"""The PCM highway's PIO program on an emulator: clocks, frame, words and their echo, bit for bit."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from board.virtual.mcu.twin import Modules
from tests.hat.conftest import micropython, needs_micropython

pioemu = pytest.importorskip("pioemu", reason="rp2040-pio-emulator is not installed")

PCLK, FSYNC, OUT = 11, 12, 13
FRAME = 640  # state machine cycles in 125 us at 5.12 MHz


@dataclass
class Trace:
    """What was on the pins: one entry a cycle; words pushed."""

    pclk: list[int] = field(default_factory=list)
    fsync: list[int] = field(default_factory=list)
    out: list[int] = field(default_factory=list)
    words: list[int] = field(default_factory=list)

    def sent(self, frame: int) -> list[int]:
        """The 64 bits of a frame as a chip takes them: at the falling edges of PCLK."""
        edges = [i for i in range(frame * FRAME + 1, (frame + 1) * FRAME + 1) if self.pclk[i - 1] and not self.pclk[i]]
        return [self.out[i - 1] for i in edges]


def run(modules: Modules, words: list[int], frames: int, drive: Callable[[int, int], int]) -> Trace:
    """Runs the program. ``drive(frame, bit)`` gives what the chips put on the upward line."""
    program = modules.load("hat.tdm").highway
    trace = Trace()
    fifo = deque(words)

    def upward(clock: int) -> int:
        return drive(clock // FRAME, clock % FRAME // 10)  # the emulator's IN begins at pin 0, as in_base makes ours

    upward.__annotations__["clock"] = int  # the emulator looks at the type itself

    state = pioemu.State(transmit_fifo=fifo, pin_directions=0)
    shift = program.options
    assert shift["out_shiftdir"] == 0 and shift["in_shiftdir"] == 0
    steps = pioemu.emulate(
        program.words,
        stop_when=lambda opcode, now: now.clock >= frames * FRAME + 2,
        initial_state=state,
        input_source=upward,
        shift_isr_right=False,
        shift_osr_right=False,
        out_base=OUT,
        out_count=1,
        side_set_base=PCLK,
        side_set_count=2,
        wrap_target=program.wrap_target,
        wrap_top=program.wrap,
    )
    # the machine samples at the start of an instruction: pins hold until the next one
    for before, after in steps:
        for _ in range(after.clock - before.clock):
            pins = after.pin_values
            trace.pclk.append(pins >> PCLK & 1)
            trace.fsync.append(pins >> FSYNC & 1)
            trace.out.append(pins >> OUT & 1)
        while after.receive_fifo:
            trace.words.append(after.receive_fifo.popleft())
    return trace


def bits(word: int) -> list[int]:
    return [word >> 31 - i & 1 for i in range(32)]


def test_the_program_fits_and_its_words_are_known(modules: Modules) -> None:
    program = modules.load("hat.tdm").highway
    assert len(program.words) <= 20 and program.wrap_target == 0
    assert program.side_bits == 2


def test_pclk_is_512_khz_with_half_duty_and_fsync_comes_every_125_us(modules: Modules) -> None:
    trace = run(modules, [0] * 4, 4, lambda frame, bit: 0)
    rising = [i for i in range(1, len(trace.pclk)) if trace.pclk[i] and not trace.pclk[i - 1]]
    assert {b - a for a, b in itertools.pairwise(rising)} == {10}
    high = [i for i in range(4 * FRAME) if trace.pclk[i]]
    assert len(high) == 4 * FRAME // 2
    frames = [i for i in range(1, len(trace.fsync)) if trace.fsync[i] and not trace.fsync[i - 1]]
    assert {b - a for a, b in itertools.pairwise(frames)} == {FRAME}
    # FSYNC stands from a rising edge of PCLK over its falling edge to the next rising edge
    assert sum(trace.fsync[: 4 * FRAME]) == 4 * 10
    falls = [i for i in range(1, 4 * FRAME) if trace.pclk[i - 1] and not trace.pclk[i] and trace.fsync[i - 1]]
    assert len(falls) == 4 and all(trace.fsync[i] for i in falls)


def test_downward_words_leave_in_slots_0_to_3(modules: Modules) -> None:
    words = [0x80000001, 0x12345678, 0xFFFFFFFE, 0xA5C30FF0]
    trace = run(modules, words, 5, lambda frame, bit: 0)
    for number, word in enumerate(words):  # a word pulled at the end of a frame plays in the next
        assert trace.sent(number + 1)[:32] == bits(word)


def test_upward_words_are_captured_and_sent_down_again_in_slots_4_to_7(modules: Modules) -> None:
    words = [0xDEADBEEF, 0x00000001, 0x80000000, 0x7E57C0DE]
    trace = run(modules, [0] * 8, 4, lambda frame, bit: bits(words[frame % 4])[bit] if bit < 32 else 1)
    assert trace.words[:4] == words
    for frame in range(4):
        assert trace.sent(frame)[32:] == bits(words[frame])


def test_without_words_mu_law_silence_is_sent(modules: Modules) -> None:
    trace = run(modules, [], 3, lambda frame, bit: 0)
    assert trace.sent(1)[:32] == [1] * 32
    assert trace.words == [0, 0, 0]


def test_the_clocks_told_to_the_chips_are_the_programs(modules: Modules) -> None:
    """The walk through the program that the virtual chips live on counts what the emulator counted above."""
    clocks, program = modules.load("pio_clocks").clocks, modules.load("hat.tdm").highway
    assert clocks(program, 5_120_000) == (512_000, 8_000)
    echo = next(i for i, word in enumerate(program.words) if word >> 13 == 7 and word & 31 == 30)
    program.words[echo] -= 1  # a frame of 63 bits
    try:
        pclk, fsync = clocks(program, 5_120_000)
        assert pclk == 512_000 and fsync > 8_000
    finally:
        program.words[echo] += 1


@needs_micropython
def test_the_interpreter_counts_the_same_clocks() -> None:
    script = "from hat.tdm import highway\nfrom pio_clocks import clocks\nprint(clocks(highway, 5120000))"
    assert micropython(script, fakes=True).strip() == "(512000, 8000)"
