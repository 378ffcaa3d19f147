"""The virtual board: a telephone exchange, two lines, two handsets and the HAT, behind a pty."""
