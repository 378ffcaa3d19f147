"""What a process that parses a stranger's bytes may do: use little, come last, and see one folder.

``confine`` needs no rights. Under systemd the same is asked for again by the unit, which adds a user of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import struct
from pathlib import Path

MEMORY = 300 * 2**20  # bytes of address space: a box has 1 GiB in all
LARGEST_FILE = 100 * 2**20  # bytes
LONGEST_CPU_S = 600
NICE = 10
OOM_SCORE = 500  # of -1000 to 1000: goes before the supervisor does

# Landlock, Linux 5.13 and newer: include/uapi/linux/landlock.h
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # system calls, the same on every architecture
_VERSION = 1  # a flag of the first: which rights does this kernel know?
_PATH_BENEATH = 1
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # version -> how many rights on files there are
_PR_SET_NO_NEW_PRIVS = 38


def confine(folder: Path) -> None:
    """From here on this process is limited, and opens files under ``folder`` only. What is open stays open."""
    limits = ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, LARGEST_FILE), (resource.RLIMIT_CPU, LONGEST_CPU_S))
    for which, most in limits:
        resource.setrlimit(which, (most, most))
    with contextlib.suppress(OSError):  # a container may forbid it
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    os.setpriority(os.PRIO_PROCESS, 0, max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE))
    _see_only(folder)


def _see_only(folder: Path) -> bool:
    """Landlock; False where this kernel has none, and only the unit's own fence stands."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return False
    rights = (1 << _RIGHTS.get(version, 16)) - 1
    ruleset = libc.syscall(_CREATE_RULESET, struct.pack("=Q", rights), ctypes.c_size_t(8), 0)
    if ruleset < 0:
        return False
    beneath = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        rule = struct.pack("=Qi", rights & ~1, beneath)  # all but running a program
        return bool(
            libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0) == 0
            and libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            and libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
        )
    finally:
        os.close(beneath)
        os.close(ruleset)
