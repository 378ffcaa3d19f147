"""A whole RP2040 that boots the HAT's image: rp2040py, and what it lacks for our program added on our side.

``pl011.py`` is a UART that paces, ``chip.py`` the chip with its 128 MHz clock and the board's wires, ``engine.py`` the
engine that takes the interpreter's place on the virtual board.
"""
