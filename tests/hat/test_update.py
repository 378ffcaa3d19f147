"""A whole new program over the link: staged, tried, confirmed; a broken one is rolled back by the watchdog."""

from __future__ import annotations

import hashlib
from typing import Any

from firmware.hat import protocol as p
from firmware.hat.version import VERSION
from tests.hat.conftest import FIRMWARE, FirmwareHost, Maker, needs_micropython

PROGRAM = sorted(path for path in (FIRMWARE / "hat").glob("*.py") if path.name not in ("boot.py", "manifest.py"))
NEWER = (9, 8, 7)


def ask(host: FirmwareHost, kind: int, *values: Any) -> int:
    answer, payload = host.request(kind, p.NO_PORT, p.pack(kind, *values))
    assert answer == p.UPDATE_R
    asked, status = p.unpack(p.UPDATE_R, payload)
    assert asked == kind
    return int(status)


def stage(host: FirmwareHost, change: dict[str, bytes]) -> None:
    """Sends every file of the program, some of them changed."""
    for path in [*PROGRAM, FIRMWARE / "hat" / "boot.py"]:
        data = change.get(path.name, path.read_bytes())
        digest = hashlib.sha256(data).digest()
        assert ask(host, p.UPDATE_BEGIN, len(data), digest, path.name.encode()) == p.OK
        for at in range(0, len(data), 900):
            assert ask(host, p.UPDATE_CHUNK, at, data[at : at + 900]) == p.OK
        assert ask(host, p.UPDATE_END) == p.OK


def version(host: FirmwareHost) -> tuple[object, ...]:
    host.session += 1
    return host.hello()[3:6]


@needs_micropython
def test_a_new_program_is_tried_tested_and_confirmed(make_host: Maker) -> None:
    host = make_host("micropython")
    text = (FIRMWARE / "hat" / "version.py").read_text().replace(str(VERSION), str(NEWER))
    stage(host, {"version.py": text.encode()})
    assert version(host) == VERSION
    assert ask(host, p.UPDATE_SWITCH) == p.OK
    host.until(lambda: host.hat.restarts == 1, 5.0)
    host.run(1.5)
    assert version(host) == NEWER
    assert ask(host, p.UPDATE_CONFIRM) == p.ERR_STATE  # not before a self-test has passed
    host.run(2.0)
    assert host.request(p.SELFTEST, p.NO_PORT, p.pack(p.SELFTEST, 0))[1] == bytes((p.OK,))
    host.run(6.0)
    assert ask(host, p.UPDATE_CONFIRM) == p.OK
    host.hat.reset()
    host.run(1.5)
    assert version(host) == NEWER


@needs_micropython
def test_a_broken_program_is_rolled_back(make_host: Maker) -> None:
    host = make_host("micropython")
    stage(host, {"main.py": b"raise ValueError('broken')\n"})
    assert ask(host, p.UPDATE_SWITCH) == p.OK
    host.run(10.0)
    assert host.hat.running
    assert version(host) == VERSION
    assert host.hello()[11] == 3  # the watchdog's doing


@needs_micropython
def test_a_program_nobody_confirms_is_rolled_back(make_host: Maker) -> None:
    host = make_host("micropython")
    text = (FIRMWARE / "hat" / "version.py").read_text().replace(str(VERSION), str(NEWER))
    stage(host, {"version.py": text.encode()})
    ask(host, p.UPDATE_SWITCH)
    host.run(5.0)
    assert version(host) == NEWER
    host.run(62.0)
    assert version(host) == VERSION
