"""The device-tree overlay, made from ``hardware/pinmap.csv``: ``python -m board.overlay`` prints it.

``frontdesk-hat.dts`` beside this file is its kept output (a test compares them). It gives the Pi's full UART with RTS
and CTS to the HAT, turns on I2C bus 1, and sets function and pull of every pin the board uses. The chips on the I2C bus
stay with ``drivers/i2c``: no kernel driver is bound to them.

Pi 2 to Pi 4 and Zero (BCM2835 pin controller). A Pi 5 (RP1) takes the lines of ``config-pi5.txt`` instead.
"""

from __future__ import annotations

from pathlib import Path

from board.eeprom import OVERLAY, gpio_uses
from hardware import tables

SOURCE = Path(__file__).parent / f"{OVERLAY}.dts"
UART = ("uart_txd", "uart_rxd", "uart_cts", "uart_rts")
I2C = ("i2c_sda", "i2c_scl")
I2C_HZ = 400_000  # every device on the bus is a 400 kHz part

_PULL = {"none": 0, "down": 1, "up": 2}  # brcm,pull of the BCM2835 binding


def _cells(values: list[int]) -> str:
    return "<" + " ".join(map(str, values)) + ">"


def _pins(label: str, gpios: list[int]) -> str:
    """A pin group of the BCM2835 pin controller binding."""
    uses = gpio_uses()
    return f"""
			{label}: {label} {{
				brcm,pins = {_cells(gpios)};
				brcm,function = {_cells([uses[gpio].function for gpio in gpios])};
				brcm,pull = {_cells([_PULL[uses[gpio].pull] for gpio in gpios])};
			}};"""


def source() -> str:
    """The overlay's source text."""
    roles = {pin.role: pin.gpio for pin in tables.pins() if pin.ref == tables.PI and pin.name.startswith("GPIO")}
    uart = sorted(roles[role] for role in UART)
    others = sorted(set(gpio_uses()) - set(uart) - {roles[role] for role in I2C})
    return f"""// Made from hardware/pinmap.csv by `python -m board.overlay`; do not edit.
/dts-v1/;
/plugin/;

/ {{
	compatible = "brcm,bcm2835";

	fragment@0 {{
		target = <&gpio>;
		__overlay__ {{{_pins("frontdesk_uart", uart)}
{_pins("frontdesk_board", others)}
		}};
	}};

	fragment@1 {{
		target = <&uart0>;
		__overlay__ {{
			pinctrl-names = "default";
			pinctrl-0 = <&frontdesk_uart &frontdesk_board>;
			uart-has-rtscts;
			status = "okay";
		}};
	}};

	fragment@2 {{
		target = <&i2c1>;
		__overlay__ {{
			clock-frequency = <{I2C_HZ}>;
			status = "okay";
		}};
	}};
}};
"""
