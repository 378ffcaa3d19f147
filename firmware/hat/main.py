"""Starts the HAT's program and never comes back; a mistake that escapes ends it, and the watchdog starts it again."""

from .hat import Hat


def start(flash="/"):
    """The running board; ``step`` it for ever."""
    hat = Hat(flash)
    hat.start()
    return hat


def run(flash="/"):
    """The main program of the microcontroller."""
    hat = start(flash)
    while True:
        hat.step()
