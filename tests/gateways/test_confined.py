"""The fax gateway parses what strangers send: it sees its folder only, may use little, and comes last."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from firmware.gateways.fax.confined import MEMORY, OOM_SCORE

# Run in a process of its own, since there is no way back from being confined
WITHIN = """
import json, os, resource, sys
from pathlib import Path
from firmware.gateways.fax.confined import confine
folder, outside = Path(sys.argv[1]), sys.argv[2]
os.setpriority(os.PRIO_PROCESS, 0, -5) if os.geteuid() == 0 else None
oom = open("/proc/self/oom_score_adj")
confine(folder)
def tried(what):
    try:
        what()
        return "done"
    except (OSError, MemoryError) as error:
        return type(error).__name__
print(json.dumps({
    "inside": tried(lambda: (folder / "2026-03").mkdir() or (folder / "2026-03" / "a.tif").write_bytes(b"II")),
    "read": tried(lambda: open(outside).read()),
    "write": tried(lambda: open(outside, "w")),
    "list": tried(lambda: os.listdir(os.path.dirname(outside))),
    "run": tried(lambda: os.execv("/bin/true", ["true"])),
    "memory": tried(lambda: bytearray(300 * 2**20)),
    "nice": os.getpriority(os.PRIO_PROCESS, 0),
    "policy": os.sched_getscheduler(0),
    "oom": int(oom.read()),
    "limit": resource.getrlimit(resource.RLIMIT_AS)[1],
}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("home")
    (home / "faxes").mkdir()
    (home / "frontdesk.db").write_text("everybody's calls")
    command = [sys.executable, "-c", WITHIN, str(home / "faxes"), str(home / "frontdesk.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def landlock() -> int:
    """The version that this kernel knows; below 1 where it has none."""
    asked = "import ctypes; print(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))"
    return int(subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout)


def test_it_works_in_its_folder_and_comes_last(seen: dict[str, Any]) -> None:
    assert seen["inside"] == "done"
    assert (seen["nice"], seen["policy"], seen["oom"], seen["limit"]) == (10, os.SCHED_OTHER, OOM_SCORE, MEMORY)
    assert seen["memory"] == "MemoryError"


def test_it_sees_nothing_else(seen: dict[str, Any]) -> None:
    if landlock() < 1:
        pytest.skip("this kernel has no Landlock: there the unit's fence stands alone")
    assert [seen[what] for what in ("read", "write", "list", "run")] == ["PermissionError"] * 4
