"""Starts the HAT's program and never comes back; a mistake that escapes ends it, and the watchdog starts it again."""

import machine

from .hat import Hat

CPU_HZ = 128_000_000  # 12 MHz x 64 / 6: ten PIO cycles a PCLK bit by an integer divider (``tdm``)


def start(flash="/"):
    """The running board; ``step`` it for ever."""
    machine.freq(CPU_HZ)
    hat = Hat(flash)
    hat.start()
    return hat


def run(flash="/"):
    """The main program of the microcontroller."""
    hat = start(flash)
    while True:
        hat.step()
