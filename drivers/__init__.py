"""The Pi side of the hardware: link, ports, clock, GPIO, I2C."""
