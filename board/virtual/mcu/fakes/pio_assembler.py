"""Assembles PIO programs written as MicroPython's ``@rp2.asm_pio`` functions into the RP2040's 16-bit words.

Instruction formats: RP2040 data sheet, section 3.4. Only what programs here use is known; anything else is a NameError.
"""

X, Y, NULL, PINS_SRC, ISR_SRC, OSR_SRC = 1, 2, 3, 0, 6, 7
IN_SOURCE = {"pins": 0, "x": 1, "y": 2, "null": 3, "isr": 6, "osr": 7}
OUT_TARGET = {"pins": 0, "x": 1, "y": 2, "null": 3, "pindirs": 4, "pc": 5, "isr": 6}
MOV_TARGET = {"pins": 0, "x": 1, "y": 2, "pc": 5, "isr": 6, "osr": 7}
SET_TARGET = {"pins": 0, "x": 1, "y": 2, "pindirs": 4}
CONDITION = {"always": 0, "not_x": 1, "x_dec": 2, "not_y": 3, "y_dec": 4, "x_not_y": 5, "pin": 6, "not_osre": 7}


class _Instruction:
    """One word being built: ``.side(n)`` and ``[delay]`` add to it."""

    def __init__(self, program, word):
        self._program = program
        self._index = len(program.words)
        program.words.append(word)

    def side(self, value):
        self._program.words[self._index] |= value << (13 - self._program.side_bits)
        return self

    def __getitem__(self, delay):
        if delay >= 1 << (5 - self._program.side_bits):
            raise ValueError("delay %d does not fit beside %d side-set bits" % (delay, self._program.side_bits))
        self._program.words[self._index] |= delay << 8
        return self


class Program:
    """``words`` are the opcodes, ``wrap_target`` and ``wrap`` the first and last word of the loop."""

    def __init__(self, function, options):
        self.options = options
        sideset = options.get("sideset_init", ())
        self.side_bits = len(sideset) if isinstance(sideset, tuple) else 1
        self.words = []
        self.wrap_target = 0
        self.wrap = 0
        self._labels = {}
        for _ in range(2):  # the second pass knows the labels ahead
            self.words = []
            self._run(function)
        if len(self.words) > 32:
            raise ValueError("%d instructions, 32 fit" % len(self.words))

    def _run(self, function):
        names = {
            "wrap_target": self._wrap_target, "wrap": self._wrap, "label": self._label, "out": self._out,
            "in_": self._in, "set": self._set, "jmp": self._jmp, "mov": self._mov, "push": self._push,
            "pull": self._pull, "nop": self._nop, "noblock": 0, "block": 1,
        }  # fmt: skip
        for name in ("pins", "x", "y", "null", "isr", "osr", "pindirs", "pc", "x_dec", "y_dec", "not_x", "not_y"):
            names[name] = name
        scope = function.__globals__
        kept = dict(scope)
        scope.clear()
        scope.update(names)
        try:
            function()
        finally:
            scope.clear()
            scope.update(kept)

    def _add(self, word):
        return _Instruction(self, word)

    def _wrap_target(self):
        self.wrap_target = len(self.words)

    def _wrap(self):
        self.wrap = len(self.words) - 1

    def _label(self, name):
        self._labels[name] = len(self.words)

    def _out(self, target, bits):
        return self._add(0x6000 | OUT_TARGET[target] << 5 | bits & 31)

    def _in(self, source, bits):
        return self._add(0x4000 | IN_SOURCE[source] << 5 | bits & 31)

    def _set(self, target, value):
        return self._add(0xE000 | SET_TARGET[target] << 5 | value)

    def _jmp(self, condition, label=None):
        if label is None:
            condition, label = "always", condition
        return self._add(CONDITION[condition] << 5 | self._labels.get(label, 0))

    def _mov(self, target, source):
        return self._add(0xA000 | MOV_TARGET[target] << 5 | IN_SOURCE[source])

    def _push(self, block):
        return self._add(0x8000 | block << 5)

    def _pull(self, block):
        return self._add(0x8080 | block << 5)

    def _nop(self):
        return self._add(0xA042)
