"""``machine`` of the virtual board: the parts of MicroPython's module that the HAT's program uses, on the virtual
``world``."""

from wire import world

CHIP_SELECTS = {5: 0, 8: 1, 9: 2, 10: 3}  # the board's wiring: pin -> chip
INTERRUPTS = {15: 1, 16: 2}  # pin -> bit of World.interrupts

PWRON_RESET = 1
WDT_RESET = 3

cause = PWRON_RESET


def freq(hz):
    if hz % 5_120_000:
        raise ValueError("no integer divider from %d Hz to ten PIO cycles of 512 kHz: the PCM clock would jitter" % hz)


def unique_id():
    return b"VIRTUAL0"


def reset_cause():
    return cause


def reset():
    world.reset(PWRON_RESET)


def idle():
    world.wait(100)


class Pin:
    """One pin; a line chip's select and the interrupt lines are known by their number."""

    IN = 0
    OUT = 1
    PULL_UP = 1
    PULL_DOWN = 2
    _levels = {}

    def __init__(self, number, mode=-1, pull=-1, value=None):
        self.number = number
        if value is not None:
            self(value)

    def __call__(self, level=None):
        return self.value() if level is None else self._set(level)

    def _set(self, level):
        chip = CHIP_SELECTS.get(self.number)
        if chip is not None:
            world.selected = chip if not level else -1
        elif self._levels.get(self.number) != level:
            world.post_pin(self.number, level)
        self._levels[self.number] = level

    def value(self, level=None):
        if level is not None:
            return self._set(level)
        bit = INTERRUPTS.get(self.number)
        if bit is not None:
            world.sync()
            return 0 if world.interrupts & bit else 1
        return self._levels.get(self.number, 0)

    def toggle(self):
        self(0 if self.value() else 1)


class SPI:
    """One byte at a time, to the chip whose select is low."""

    def __init__(self, number, baudrate, polarity=0, phase=0, sck=None, mosi=None, miso=None):
        if (polarity, phase) != (1, 1):
            raise ValueError("the line chips want SPI mode 3")

    def write_readinto(self, out, into):
        if world.selected < 0:
            into[0] = 0xFF
        else:
            into[0] = world.spi_byte(world.selected, out[0])


class UART:
    """The link to the Pi."""

    RTS = 1
    CTS = 2

    def __init__(self, number, baudrate, **options):
        self._given = 0

    def any(self):
        return len(world.uart_in)

    def readinto(self, into, n=None):
        """Raises RuntimeError where the real one would wait for bytes that are still on their way."""
        n = len(into) if n is None else n
        if n > len(world.uart_in):
            raise RuntimeError("readinto(%d) with %d bytes there would wait for the rest" % (n, len(world.uart_in)))
        into[:n] = world.uart_in[:n]
        world.uart_in = world.uart_in[n:]
        return n

    def write(self, data, n=None):
        n = len(data) if n is None else n
        room = max(0, world.uart_room - len(world.uart_out))
        n = min(n, room)
        world.uart_out += bytes(data[:n])
        return n


class ADC:
    def __init__(self, number):
        self._number = number

    def read_u16(self):
        return world.adc.get(self._number, 0)


class WDT:
    """Resets the microcontroller when it was not fed for ``timeout`` ms of virtual time."""

    def __init__(self, timeout):
        world.watchdog_us = timeout * 1000
        world.fed_us = world.now_us

    def feed(self):
        world.fed_us = world.now_us
