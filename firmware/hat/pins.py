"""The RP2040's pins by what they drive. ``hardware/pinmap.csv`` is the source; a test compares the two."""

from micropython import const

UART_TX = const(0)
UART_RX = const(1)
UART_CTS = const(2)
UART_RTS = const(3)
SPI_MISO = const(4)
CS_FXO0 = const(5)
SPI_SCK = const(6)
SPI_MOSI = const(7)
CS_FXO1 = const(8)
CS_FXS0 = const(9)
CS_FXS1 = const(10)
PCLK = const(11)  # side-set pair with FSYNC: neighbours, in this order
FSYNC = const(12)
PCM_OUT = const(13)  # to the chips' DRX
PCM_IN = const(14)  # from the chips' DTX
INT_FXO = const(15)  # open drain, shared by both Si3050
INT_FXS = const(16)  # open drain, shared by both Si3210
LINE_RESET = const(17)  # all four line chips
VBAT_EN = const(18)  # DC-DC supply of the SLICs
VBAT_PG = const(19)
RELAY = const(20)  # lifeline; the Pi's LIFELINE_EN must be high as well
IRQ = const(21)  # to the Pi: events are waiting
ALIVE = const(22)  # to the Pi: toggles once a second
LED = const(25)
ADC_5V = const(27)  # half of the 5 V rail
ADC_NTC = const(28)  # 10 k NTC against 10 k to 3.3 V
ADC_BOARD_ID = const(29)
