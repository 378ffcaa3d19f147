"""What the registers of a Si3050 with Si3019 make of it on the line: DC termination, ringer load, hook speed, delays.

Source: Silicon Labs' data sheet (Si3050 + Si3011/18/19, rev. 1.5): DC termination in 5.16 with figures 23 and 24 and
the termination voltages of table 4 of the Si2494, which has the same line side (7.5 V at 20 mA with DCV 3 and MINI 0,
6.0 V with DCV 0 and MINI 3); on-hook speed and off-hook counter at register 31. Used by the chips' model and by the
stand-in. Estimates: how the 1.1 V of MINI spread over its steps, and the load of the synthesised ringer (RZ; 12 kOhm,
which Poland and South Africa ask for).
"""

from __future__ import annotations

import math

from board.virtual.loop import Termination

BRIDGE_V = 3.0  # diode bridge and hook switch, above the DCT pin
DCT_V = (3.1, 3.2, 3.35, 3.5)  # register 26 DCV
MINI_V = (0.0, 0.37, 0.73, 1.1)  # what MINI takes off
MINI_MA = (10.0, 12.0, 14.0, 16.0)  # below it the line side has no supply
DC_OHM, DC_HIGH_OHM = 50.0, 800.0  # register 26 DCR
LIMIT_FROM_MA, LIMIT_OHM = 40.0, 2000.0  # register 26 ILIM: TBR21
REN, SYNTHESISED_REN = 0.1, 0.6  # register 16 RZ
RING_VRMS = (15.0, 21.5)  # register 16 RT: middle of the threshold's tolerance
OFF_HOOK_MS = (512, 128, 64, 8)  # register 31 FOH
RESISTOR_CALIBRATION_MS, ADC_CALIBRATION_MS = 17, 256  # after the off-hook counter, unless RCALD and CALD
FAST_MS, ETSI_MS, SPARK_QUENCH_MS = 0.5, 3.0, 26.0  # from OH cleared to no loop current


def termination(dcv: int, mini: int, ilim: int, dcr: int = 0) -> Termination:
    """The line's load off hook, by the fields of register 26."""
    return Termination(
        BRIDGE_V + DCT_V[dcv] - MINI_V[mini],
        DC_HIGH_OHM if dcr else DC_OHM,
        LIMIT_FROM_MA if ilim else math.inf,
        LIMIT_OHM,
    )


def ren(rz: int) -> float:
    """The line's load on hook, as ringing sees it."""
    return SYNTHESISED_REN if rz else REN


def on_hook_ms(ohs: int, ohs2: int, sq: int) -> float:
    """How long the current takes to end. OHS wants both SQ bits; without them the speed is not specified."""
    if ohs:
        return SPARK_QUENCH_MS if sq == 3 else FAST_MS
    return ETSI_MS if ohs2 else FAST_MS
