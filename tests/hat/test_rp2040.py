"""The image that a HAT is flashed with, booted on an emulated RP2040 (``make firmware``; about 20 s of CPU)."""

from __future__ import annotations

import pytest

pytest.importorskip("rp2040py")

from board.virtual.board import Board
from board.virtual.hat.micro import MicroHat
from board.virtual.mcu.rp2040.engine import IMAGE
from firmware.hat.version import VERSION
from tests.hat.conftest import READY, FirmwareHost

pytestmark = [
    pytest.mark.skipif(not IMAGE.exists(), reason="no image of the HAT (make firmware)"),
    pytest.mark.timeout(900),
]


def test_the_image_boots_greets_and_hears_a_line_ring() -> None:
    host = FirmwareHost(Board("GB", seed=1, hat=lambda lines, handset: MicroHat(lines, handset, engine="rp2040")))
    for _ in range(READY):
        host.board.tick()
    emulated = host.hat.emulated
    assert emulated is not None
    assert emulated.pcm_starts[0] < 300_000, "from reset to the PCM clocks in 300 ms"
    hello = host.hello()
    assert hello[3:6] == VERSION
    host.set_country()
    host.board.exchange.call("A", "+15145550123")
    host.until(lambda: host.of("RING_START"), 2.0)
    assert host.of("RING_START")[0].port == 0
    host.until(lambda: host.status, 1.0)
    assert abs(host.port(0)[1]) > 20
    assert emulated.chip.unaligned == 0, "a real Cortex-M0+ would have faulted"
    assert emulated.resets == 0
    host.board.close()
