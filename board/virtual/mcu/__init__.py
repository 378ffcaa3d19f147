"""The virtual board's microcontroller: fake ``machine``, ``rp2``, ``time`` and two engines that run firmware/hat."""
