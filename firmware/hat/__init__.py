"""The program of the HAT's RP2040. Relative imports only: ``hat`` on the MCU, ``firmware.hat`` on the Pi."""
