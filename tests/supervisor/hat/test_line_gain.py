"""A line's gains: set in frontdesk.toml, heard at the far end of the line and by the box."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from drivers.signals.countries import Gain, country
from firmware.supervisor.hat.setup import gains
from tools.scenario.stage import Stage

CLOCK = datetime.fromisoformat("2026-03-02T10:00:00-05:00")


def greeting(folder: Path, send_gain_db: float) -> float:
    """How loud the caller hears the box, dB."""
    settings = {"lines.A.send_gain_db": send_gain_db, "answering.rings": 1}
    stage = Stage(folder, settings, clock=CLOCK, seed=5)
    try:
        stage.start()
        for _ in range(50):
            stage.tick()
        party = stage.board.exchange.call("A", "+15145550123", "Paul Roy").party
        party.hush()
        for _ in range(500):
            stage.tick()
        heard = party.heard[-3 * 8000 :].astype(float)
    finally:
        stage.close()
    return float(10 * np.log10(np.mean(heard**2)))


@pytest.mark.parametrize(
    ("of_the_country", "own", "sent"),
    [
        ((0.0, 0.0), (0.0, 0.0), (0, 0)),
        ((-3.0, 1.5), (-6.0, 2.0), (-90, 35)),
        ((-12.0, 10.0), (-6.0, 6.0), (-150, 120)),  # the chip's limits
    ],
)
def test_a_line_has_its_countrys_gain_and_its_own(
    of_the_country: tuple[float, float], own: tuple[float, float], sent: tuple[int, int]
) -> None:
    assert gains(replace(country("CA"), gain=Gain(*of_the_country)), own) == sent


def test_a_line_is_spoken_into_as_loud_as_is_set(tmp_path: Path) -> None:
    plain, softer = (greeting(tmp_path / str(gain), gain) for gain in (0.0, -6.0))
    assert plain > 40.0, "the greeting is heard"
    assert softer - plain == pytest.approx(-6.0, abs=0.5)
