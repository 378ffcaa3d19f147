"""What the HAT logs stands in the box's log, at its level, and can do no harm there."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from board.virtual.hat.stand_in import Hat
from tools.scenario.stage import Stage


def test_the_hats_own_log_is_in_the_boxs(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {}, clock=datetime.fromisoformat("2026-03-02T10:00:00-05:00"), seed=5)
    try:
        stage.start()
        for _ in range(100):
            stage.tick()
        assert isinstance(stage.board.hat, Hat)
        stage.board.hat.log(2, "update: fxs.py: 3 bytes of 4")
        stage.board.hat.log(3, "forged\n2026 line\x1b[31m")
        for _ in range(10):
            stage.tick()
    finally:
        stage.close()
    written = "".join(path.read_text() for path in tmp_path.rglob("*.log"))
    assert "WARNING firmware.supervisor.hat.service: HAT: update: fxs.py: 3 bytes of 4" in written, written[-500:]
    assert r"HAT: forged\n2026 line\x1b[31m" in written
