"""Programs of the box: ``hat`` runs on the HAT's RP2040, ``supervisor`` and ``gateways`` run on the Pi."""
