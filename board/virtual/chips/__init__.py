"""The HAT's line chips by their registers: SPI and PCM on one side, the virtual lines on the other."""
