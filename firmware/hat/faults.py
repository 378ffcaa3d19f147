"""Why a port is out of order: the codes of CHIP_FAULT, and the exception that carries one out of a driver."""

from .protocol import (
    FAULT_BATTERY,
    FAULT_CALIBRATION,
    FAULT_CLOCK,
    FAULT_INTERRUPT,
    FAULT_ISOLATION,
    FAULT_LEAK,
    FAULT_POWER,
    FAULT_REGISTER,
    FAULT_RING,
    FAULT_SILENT,
)

TEXT = {
    FAULT_SILENT: "chip does not answer",
    FAULT_ISOLATION: "isolation link to the line side lost",
    FAULT_CLOCK: "PCM clock missing",
    FAULT_BATTERY: "no battery voltage for the handset",
    FAULT_CALIBRATION: "calibration does not end",
    FAULT_RING: "ringing into a short circuit or too many bells",
    FAULT_INTERRUPT: "interrupt line stuck low",
    FAULT_REGISTER: "chip has lost its settings",
    FAULT_POWER: "supply too low",
    FAULT_LEAK: "battery leaks away",
}
USABLE = (FAULT_INTERRUPT,)  # the port goes on: it is read once a block instead of when it calls


class ChipFault(Exception):
    """``why`` is a FAULT_ code; ``text`` says what was read and what was expected."""

    def __init__(self, why, text=""):
        super().__init__(why, text)
        self.why = why
        self.text = text or TEXT[why]
