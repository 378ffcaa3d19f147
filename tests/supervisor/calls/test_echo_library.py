"""A machine without libspeexdsp: said at the supervisor's start and on the Health page, and the box runs on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

START = """
import json, sys
import cffi

dlopen = cffi.FFI.dlopen

def found(self, name, *rest):
    if sys.argv[2] == "missing" and "speexdsp" in str(name):
        raise OSError("no such file")
    return dlopen(self, name, *rest)

cffi.FFI.dlopen = found
from firmware.supervisor import __main__
from firmware.supervisor.calls import echo

print(json.dumps(echo.checks()[0]))
sys.exit(__main__.main(["--home", sys.argv[1]]))
"""


def started(home: Path, library: str) -> tuple[dict[str, str], str]:
    """The Health page's check, and what the supervisor writes at its start (it ends at once: no device is set)."""
    command = [sys.executable, "-c", START, str(home), library]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    check: dict[str, str] = json.loads(done.stdout)
    return check, done.stderr


def test_it_is_said_at_the_start_and_on_the_health_page(tmp_path: Path) -> None:
    check, said = started(tmp_path, "missing")
    assert said.startswith("WARNING firmware.supervisor: libspeexdsp.so.1 is missing (no such file)")
    assert "slower" in said.splitlines()[0]
    assert (check["state"], check["remedy"]) == ("warn", "Install the package libspeexdsp1.")
    assert "libspeexdsp is not on this machine" in check["text"]


def test_with_the_library_nothing_is_to_be_said(tmp_path: Path) -> None:
    check, said = started(tmp_path, "there")
    if check["state"] == "warn":
        pytest.skip("libspeexdsp is not on this machine")
    assert "speexdsp waits behind it for echo that comes late" in check["text"]
    assert "libspeexdsp" not in said
