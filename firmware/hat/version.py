"""What HELLO_R says of this program and the board it runs on."""

VERSION = (0, 2, 0)
BOARD_REV = 1
