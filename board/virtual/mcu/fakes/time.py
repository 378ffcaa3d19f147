"""``time`` of the virtual board: the clock moves only while the program waits."""

from wire import world


def ticks_us():
    return world.now_us


def ticks_ms():
    return world.now_us // 1000


def ticks_diff(a, b):
    return a - b


def ticks_add(a, b):
    return a + b


def sleep_us(us):
    end = world.now_us + us
    while world.now_us < end:
        world.wait(end - world.now_us)


def sleep_ms(ms):
    sleep_us(ms * 1000)
