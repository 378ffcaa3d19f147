"""The program of the HAT's RP2040. Relative imports only: ``hat`` on the microcontroller, ``firmware.hat`` on the Pi."""
