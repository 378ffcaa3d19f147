"""The HAT of the virtual board: the CPython stand-in, the twin and the MicroPython program, and how one is chosen."""
