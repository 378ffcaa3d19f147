"""Brings a HAT that has just said HELLO into service: the country's row, cadences, monitors, linefeed, relay."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from drivers.link import CommandRefused
from drivers.ports import control
from drivers.ports.bank import PortBank
from drivers.signals.countries import Country
from drivers.telephone import Telephone
from firmware.supervisor.hat.line_tuning import LineTuning

log = logging.getLogger(__name__)

# Cadences by their number in the HAT's table: the country's own, and that for an emergency call of another handset.
# Three short bursts are no country's own (board/countries.toml), and the pause has room for caller ID.
OWN_CADENCE, EMERGENCY_CADENCE = 0, 1
EMERGENCY_MS = (300, 200, 300, 200, 300, 2700)


def gains(country: Country, own_db: tuple[float, float]) -> tuple[int, int]:
    """A line's gains as the HAT takes them, to the line and from it, 0.1 dB: the country's and the line's own."""
    send_db, receive_db = country.gain.send_db + own_db[0], country.gain.receive_db + own_db[1]
    return _within(send_db), _within(receive_db)


def _within(gain_db: float) -> int:
    """Tenths of a dB, as near as the chip comes."""
    return max(control.GAIN_LEAST, min(control.GAIN_MOST, round(10 * gain_db)))


async def bring_up(
    link: Telephone,
    bank: PortBank,
    country: Country,
    tuning: Mapping[str, LineTuning],
    gains_db: Mapping[str, tuple[float, float]],
) -> None:
    """Sends everything the HAT needs to know; ``tuning`` and ``gains_db`` (to the line, from it) by line name.

    Raises LinkError.
    """
    await control.use_law(link, country.law)
    await control.set_lines(link, country.fxo)
    await control.set_ringing(link, country.ring.hz, country.ring.volts_peak)
    await control.set_cadence(link, OWN_CADENCE, country.ring.cadence_ms)
    await control.set_cadence(link, EMERGENCY_CADENCE, EMERGENCY_MS)
    await control.set_hook(link, country.hook.flash_min_ms, country.hook.flash_max_ms, country.hook.cpc_min_ms)
    for port in bank.lines:
        if port.name in tuning:
            await control.set_impedance(port, tuning[port.name].acim)
            await control.set_hybrid(port, tuning[port.name].hybrid)
        await control.set_gain(port, *gains(country, gains_db[port.name]))
        await control.hear_on_hook(port)
    for port in bank.handsets:
        await control.feed(port)
    await control.hold_lifeline(link, True)


async def tell_supply(link: Telephone, jack_12v: bool) -> None:
    """Whether 12 V is plugged in: then both handsets may ring at once. Raises LinkError."""
    try:
        await control.tell_supply(link, jack_12v)
    except CommandRefused as error:
        log.warning("the HAT's program does not know of the 12 V jack (%s): it rings both handsets at once", error)
