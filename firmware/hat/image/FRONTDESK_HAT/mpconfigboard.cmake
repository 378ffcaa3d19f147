# The Frontdesk HAT: an RP2040 with 16 MB of flash (W25Q128).
set(PICO_BOARD "frontdesk_hat")
set(PICO_PLATFORM "rp2040")
list(APPEND PICO_BOARD_HEADER_DIRS ${MICROPY_BOARD_DIR})
