"""``time`` of the virtual board: the clock moves only while the program waits; ticks start anew as on the RP2040."""

from wire import world

PERIOD = 1 << 30  # of ticks: 17.9 min of us, 12.4 days of ms
HALF = PERIOD >> 1


def ticks_us():
    return world.now_us & (PERIOD - 1)


def ticks_ms():
    return world.now_us // 1000 & (PERIOD - 1)


def ticks_diff(a, b):
    return ((a - b + HALF) & (PERIOD - 1)) - HALF


def ticks_add(a, b):
    if not -HALF < b < HALF:
        raise OverflowError("ticks interval overflow")
    return (a + b) & (PERIOD - 1)


def sleep_us(us):
    end = world.now_us + us
    while world.now_us < end:
        world.wait(end - world.now_us)


def sleep_ms(ms):
    sleep_us(ms * 1000)
