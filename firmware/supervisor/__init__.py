"""The program on the Pi: one process, one event loop, whose clock is the HAT's sample clock."""

VERSION = "0.1.0"
