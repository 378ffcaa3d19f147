"""The units: each process has its own user, starts a module that is there, and has no more rights than it needs."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from firmware.supervisor.fax import gateway

UNITS = Path(__file__).resolve().parents[2] / "board" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))


def settings(unit: Path) -> Mapping[str, list[str]]:
    """Key -> its values, over all sections."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        if line and not line.startswith(("#", "[")):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def is_template(unit: Path) -> bool:
    return unit.stem.endswith("@")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_a_unit_starts_what_is_there_and_starts_it_again(unit: Path) -> None:
    found = settings(unit)
    (start,) = found["ExecStart"]
    python, flag, module = start.split()[:3]
    assert (python, flag) == ("/opt/frontdesk/.venv/bin/python", "-m")
    assert importlib.util.find_spec(module) is not None
    if is_template(unit):  # a job, started by its socket
        return
    assert found["Restart"] == ["always"]
    assert any("FRONTDESK_HOME=/var/lib/frontdesk" in line for line in found["Environment"])


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_no_process_can_gain_rights_or_write_outside_its_place(unit: Path) -> None:
    found = settings(unit)
    assert found["NoNewPrivileges"] == ["yes"]
    assert found["ProtectSystem"] == ["strict"]
    assert found["User"] != ["root"]


def test_each_process_has_a_user_of_its_own_that_is_made() -> None:
    users = [settings(unit)["User"][0] for unit in SERVICES]
    assert len(set(users)) == len(users)
    made = (UNITS / "frontdesk.sysusers.conf").read_text()
    for user in users:
        assert f"u {user} " in made


def test_the_page_has_no_devices_and_the_supervisor_no_network() -> None:
    web, supervisor = settings(UNITS / "frontdesk-web.service"), settings(UNITS / "frontdesk.service")
    assert web["PrivateDevices"] == ["yes"]
    assert web["ReadWritePaths"] == ["/var/lib/frontdesk/web"]
    assert supervisor["RestrictAddressFamilies"] == ["AF_UNIX"]


def test_the_fax_gateway_sees_its_folder_only_and_comes_last() -> None:
    found, asked = settings(UNITS / "frontdesk-fax@.service"), settings(UNITS / "frontdesk-fax.socket")
    folder = "/var/lib/frontdesk/faxes"
    assert found["TemporaryFileSystem"] == ["/var/lib/frontdesk:ro"]
    assert found["BindPaths"] == found["ReadWritePaths"] == [folder]
    assert found["ExecStart"][0].endswith(f"--folder {folder}")
    assert found["PrivateNetwork"] == found["PrivateDevices"] == found["RestrictRealtime"] == ["yes"]
    assert (found["Nice"], found["CPUSchedulingPolicy"], found["OOMScoreAdjust"]) == (["10"], ["other"], ["500"])
    assert asked["ListenSequentialPacket"] == [f"/var/lib/frontdesk/{gateway.SOCKET}"]
    assert asked["SocketUser"] == settings(UNITS / "frontdesk.service")["User"]
    assert f"d {folder}      2770 frontdesk-fax frontdesk" in (UNITS / "frontdesk.tmpfiles.conf").read_text()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_knows_every_line(tmp_path: Path) -> None:
    """Verified with the program swapped for one that is here: the box's own lies in /opt on a Pi."""
    for unit in (*SERVICES, *UNITS.glob("*.socket")):
        text = unit.read_text().replace("/opt/frontdesk/.venv/bin/python", "/bin/true")
        (tmp_path / unit.name).write_text(text.replace("WorkingDirectory=/opt/frontdesk", "WorkingDirectory=/"))
    asked = ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "frontdesk" in line]
    assert complaints == []
