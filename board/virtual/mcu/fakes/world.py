"""What lies round the microcontroller, as the fakes see it: the virtual clock, the pins, and the wire to the virtual
board.

Runs under MicroPython (``native.py``) and, one instance a twin, under CPython (``twin.py``). ``board(message) ->
reply`` is the wire; a message is a list of operations in the order in which the program did them, a reply holds what
they gave:

    01 SPI   u16 n, chip[n], out[n]   -> in[n]        (each byte under its own chip select)
    02 PIN   u8 pin, u8 level                         (an output changed)
    03 TIME  u32 us since the tick began              (put before the first operation at a new time)
    04 DOWN  640 bytes                -> 640 bytes    (the block that begins to play; the block captured meanwhile)
    05 END   u32 n, bytes             -> bytes, u16 adc27, u16 adc28, u32 n
                                                      (the tick is over, UART out; the next tick: UART in, converters)
    06 RESET u8 cause
    07 CLOCKS u32 PCLK Hz, u32 FSYNC Hz               (what the state machine puts on the highway's clock lines)

A reply begins with one byte: bit 0 the FXO interrupt line is low, bit 1 the FXS one, bit 2 nothing in the chips
changes by time alone until the tick ends, so that a read may be answered from memory, bit 3 the Pi holds RTS and the
UART takes nothing, bit 4 a collection of garbage takes COLLECTION_US, bit 5 the program is away when this tick ends
and through the next. Operations that give nothing are held back until one that does, or until time moves.

A tick of 20 ms: UART bytes are there at its beginning; the program's first wait lets the downward block begin; when
time reaches the end, the upward block is there; the next wait ends the tick.
"""

TICK_US = 20000
BLOCK_BYTES = 640
UART_ROOM = 4096
COLLECTION_US = 10000
START_US = (1 << 32) - 2_500_000  # every run sees the ticks start anew, 2.5 s on (``time``)
SPI, PIN, TIME, DOWN, END, RESET, CLOCKS = 1, 2, 3, 4, 5, 6, 7


class World:
    """One microcontroller's surroundings."""

    def __init__(self, board):
        self.board = board
        self.now_us = START_US  # nothing may depend on the clock's start
        self.tick_us = self.now_us
        self.interrupts = 0
        self.stable = False
        self.uart_in = bytearray()
        self.uart_out = bytearray()
        self.uart_room = UART_ROOM
        self.collection_slow = False
        self.away = False
        self.adc = {27: 50000, 28: 32768}
        self.in_twin = False
        self.tick_over = False  # twin: the board must run the next tick
        self.passing = False  # twin: the program is away in it
        self.wants_down = False  # twin: the downward block is to be taken
        self.begun = False  # the downward block of this tick has begun
        self.captured = False  # the upward block of this tick is there
        self.up = bytes(BLOCK_BYTES)
        self.selected = -1  # the chip whose select is low
        self.on_down = None  # gives the block that begins to play, 640 bytes (rp2)
        self.on_up = None  # takes the captured block (rp2)
        self.watchdog_us = 0
        self.fed_us = 0
        self._ops = bytearray()
        self._stamped = -1
        self._kept = {}

    # The wire

    def _stamp(self):
        since = min(self.now_us - self.tick_us, TICK_US)
        if since != self._stamped:
            self._stamped = since
            self._ops.append(TIME)
            self._ops += since.to_bytes(4, "little")

    def _call(self):
        reply = self.board(self._ops)
        self._ops = bytearray()
        self._flags(reply[0])
        return reply

    def _flags(self, flags):
        """The first byte of a reply."""
        self.interrupts = flags & 3
        self.stable = bool(flags & 4)
        self.uart_room = 0 if flags & 8 else UART_ROOM
        self.collection_slow = bool(flags & 16)
        self.away = bool(flags & 32)

    def post_pin(self, pin, level):
        """An output pin changed."""
        self._stamp()
        self._ops.append(PIN)
        self._ops.append(pin)
        self._ops.append(level)
        self._kept.clear()

    def post_clocks(self, pclk_hz, fsync_hz):
        """The clock lines run so from now on; 0: they stand."""
        self._stamp()
        self._ops.append(CLOCKS)
        self._ops += pclk_hz.to_bytes(4, "little") + fsync_hz.to_bytes(4, "little")
        self._kept.clear()

    def sync(self):
        """Sends what was held back, so that the interrupt lines are true."""
        if self._ops or not self.stable:
            self._stamp()
            self._call()

    def spi(self, who, out, n, wanted):
        """Clocks bytes; returns what came in when ``wanted``, else nothing is waited for."""
        key = bytes(out[:n]) + bytes(who[:n]) if wanted else None
        if wanted and self.stable and not self._ops:
            kept = self._kept.get(key)
            if kept is not None:
                return kept
        self._stamp()
        ops = self._ops
        ops.append(SPI)
        ops += n.to_bytes(2, "little")
        ops += bytes(who[:n])
        ops += bytes(out[:n])
        if not wanted:
            self._kept.clear()
            return None
        got = self._call()[-n:]
        if self.stable:
            self._kept[key] = got
        else:
            self._kept.clear()
        return got

    def spi_byte(self, chip, byte):
        """Clocks one byte; what came in. Nothing is answered from memory: the chip counts the bytes."""
        self._kept.clear()
        self._stamp()
        self._ops += bytes((SPI, 1, 0, chip, byte))
        return self._call()[-1]

    def clock(self, bus, who, tx, rx, n):
        """In place of spi.Bus.clock: a whole list of bytes in one message. A single write is not waited for."""
        if n == 3 and who[0] < 2 and tx[0] == 0x20 or n == 2 and who[0] >= 2 and not tx[0] & 0x80:
            self.spi(who, tx, n, False)
        else:
            rx[:n] = self.spi(who, tx, n, True)
        bus.ticked = True

    def reset(self, cause):
        """The microcontroller starts afresh; never comes back."""
        self._ops.append(RESET)
        self._ops.append(cause)
        self._call()
        raise SystemExit

    # Time

    def wait(self, us):
        """Moves the clock by up to ``us``; stops early at the end of the tick, and when bytes come from the Pi."""
        if not self.begun:
            if self.in_twin:
                self.wants_down = True  # the board gives ``give_up`` before the program goes on
                return
            self._begin()
        end = self.tick_us + TICK_US
        if not self.captured:
            self.now_us = max(self.now_us, min(end, self.now_us + us))
            self._watch()
            if self.now_us >= end:
                self._capture()
                if self.away:
                    self._pass()
            return
        if self.in_twin:
            self.tick_over = True
            return
        self.next_tick(self.end_tick())

    def _capture(self):
        """The tick's upward block is there."""
        self.captured = True
        if self.on_up is not None:
            self.on_up(self.up)

    def _pass(self):
        """A whole tick goes by in which the program does nothing."""
        if self.in_twin:
            self.tick_over = self.passing = True
            return
        self.next_tick(self.end_tick())
        self._begin()
        self.now_us = self.tick_us + TICK_US
        self._capture()

    def collected(self):
        """Garbage was collected; with the fault it took its time."""
        if self.collection_slow:
            self.now_us += COLLECTION_US

    def _down(self):
        """The block that begins to play."""
        return self.on_down() if self.on_down is not None else bytes(BLOCK_BYTES)

    def _begin(self):
        """The downward block begins to play."""
        self.begun = True
        self._stamp()
        self._ops.append(DOWN)
        self._ops += self._down()
        reply = self._call()
        self.up = reply[-BLOCK_BYTES:]
        self._kept.clear()

    def take_down(self):
        """Twin: the block that begins to play, after everything the program did before it."""
        if self._ops:
            self._call()
        return self._down()

    def give_up(self, up, flags):
        """Twin: the block captured meanwhile, and the first byte of a reply."""
        self.begun = True
        self.wants_down = False
        self.up = up
        self._flags(flags)
        self._kept.clear()
        if self.passing:
            self.passing = False
            self.now_us = self.tick_us + TICK_US
            self._capture()

    def end_tick(self):
        """The tick is over; the reply that begins the next one."""
        self._stamp()
        self._ops.append(END)
        self._ops += len(self.uart_out).to_bytes(4, "little")
        self._ops += self.uart_out
        self.uart_out = bytearray()
        return self._call()

    def next_tick(self, reply):
        """Takes the reply that begins a tick."""
        n = int.from_bytes(reply[-4:], "little")
        self.uart_in += reply[len(reply) - 8 - n : len(reply) - 8]
        self.adc[27] = int.from_bytes(reply[-8:-6], "little")
        self.adc[28] = int.from_bytes(reply[-6:-4], "little")
        self.tick_us += TICK_US
        self.now_us = max(self.now_us, self.tick_us)
        self.begun = self.captured = self.tick_over = False
        self.wants_down = self.passing
        self._stamped = -1
        self._kept.clear()

    def _watch(self):
        if self.watchdog_us and self.now_us - self.fed_us > self.watchdog_us:
            self.reset(3)
