"""The clocks that a PIO program makes on its side-set pins, by walking through it: no data, only time.

Knows ``set x``, ``jmp`` and ``jmp x--``, which is all that turns here; other instructions take their cycles.
"""

LONGEST = 20000  # cycles without two frames: there is no frame


def clocks(program, hz):
    """(Hz of side-set bit 0 over a frame, Hz of bit 1); a frame lasts from one rise of bit 1 to the next."""
    delay_bits = 5 - program.side_bits
    at = program.wrap_target
    x = cycle = rises = began = 0
    before = None
    while cycle < LONGEST:
        word = program.words[at]
        side = word >> (8 + delay_bits) & 3
        if before is not None and side & 1 and not before & 1:
            rises += 1
        if before is not None and side & 2 and not before & 2:
            if began:
                length = cycle - began
                return hz * (rises - 1) // length, hz // length
            began = cycle
            rises = 1
        before = side
        cycle += 1 + (word >> 8 & (1 << delay_bits) - 1)
        kind = word >> 13
        goes = kind == 0
        if kind == 0 and word >> 5 & 7 == 2:  # jmp x--
            goes = x != 0
            x = x - 1 & 0xFFFFFFFF
        elif kind == 7 and word >> 5 & 7 == 1:  # set x
            x = word & 31
        at = word & 31 if goes else program.wrap_target if at == program.wrap else at + 1
    return 0, 0
