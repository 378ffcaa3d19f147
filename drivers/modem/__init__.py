"""A USB voice modem as a line of the box, for people without the HAT.

``ModemLink`` stands where the HAT's ``Link`` stands and gives one FXO port: ring, caller ID, answer, hang up, audio. It
is half duplex, as the class 8 command set is (ITU-T V.253): while the box speaks it hears keys, and nothing else.
"""

from __future__ import annotations

from drivers.modem.link import ModemLink

__all__ = ["ModemLink"]
