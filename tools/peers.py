"""``make peers``: programs that only tests talk to, unpacked under ``build/peers`` and nowhere else.

What Frontdesk writes is read by the programs that people will open it with. They are Debian's packages, with whatever
of their dependencies this machine lacks; nothing is installed, so that no service of theirs is enabled on a
developer's machine and no root is needed. ``program`` and ``environment`` are how a test starts one. Exit codes: 0 all
there, 1 one cannot be had (each said with the reason).
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.trixie import FetchError, run

TREE = Path(__file__).resolve().parent.parent / "build" / "peers"
LIBRARIES = ("usr/lib/{}-linux-gnu", "usr/lib", "lib/{}-linux-gnu")


@dataclass(frozen=True)
class Peer:
    """A Debian package and the program in it; ``why``: what a test asks of it."""

    package: str
    program: str
    why: str


PEERS = {
    peer.package: peer
    for peer in (
        Peer("libreoffice-calc", "usr/lib/libreoffice/program/soffice", "opens the CSV files of the page"),
        Peer("radicale", "usr/bin/radicale", "the address book on the LAN"),
        Peer("mosquitto", "usr/sbin/mosquitto", "the MQTT broker of a home"),
        Peer("opensmtpd", "usr/sbin/smtpd", "the office's mail server"),
    )
}


def program(package: str) -> Path | None:
    """The peer's program, or None where ``make peers`` has not brought it."""
    path = TREE / package / PEERS[package].program
    return path if path.exists() else None


def environment(package: str) -> dict[str, str]:
    """What to start it with: its own libraries and Python modules first, then this machine's."""
    root = TREE / package
    libraries = [str(root / folder.format(os.uname().machine)) for folder in LIBRARIES]
    libraries.insert(0, str((root / PEERS[package].program).parent))
    return {
        **os.environ,
        "LD_LIBRARY_PATH": ":".join(libraries),
        "PYTHONPATH": str(root / "usr/lib/python3/dist-packages"),
    }


def fetch(peer: Peer) -> None:
    """Unpacks the peer and what it needs. Raises FetchError; what is half done is not left."""
    root = TREE / peer.package
    part = root.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    downloads = part / "debs"
    downloads.mkdir(parents=True)
    planned = run(["apt-get", "install", "--simulate", "--no-install-recommends", peer.package])
    wanted = [line.split()[1] for line in planned.splitlines() if line.startswith("Inst ")]
    run(["apt-get", "download", "-q", *(wanted or [peer.package])], cwd=downloads)
    for package in sorted(downloads.glob("*.deb")):
        run(["dpkg", "-x", str(package), str(part)])
    shutil.rmtree(downloads)
    _point_inside(part)
    _set_up_calc(part, root)
    if not (part / peer.program).exists():
        raise FetchError(f"{peer.package}: no {peer.program} in it")
    shutil.rmtree(root, ignore_errors=True)
    part.rename(root)


def _point_inside(root: Path) -> None:
    """Links to ``/etc`` and the like lead to where the package has been unpacked."""
    for link in root.rglob("*"):
        if not link.is_symlink():
            continue
        target = link.readlink()
        inside = root / target.relative_to("/") if target.is_absolute() else None
        if inside is not None and inside.exists():
            link.unlink()
            link.symlink_to(os.path.relpath(inside, link.parent))


def _set_up_calc(part: Path, root: Path) -> None:
    """What its installation would do: its defaults in place, and its start files naming ``root``, where it will lie."""
    office = part / "usr/lib/libreoffice"
    if not office.exists():
        return
    shutil.copytree(office / "share/.registry", part / "etc/libreoffice/registry", dirs_exist_ok=True)
    for start in office.glob("program/*rc"):
        text = start.read_text(encoding="utf-8")
        start.write_text(re.sub(r"file:///(?=(usr|etc)/)", f"{root.as_uri()}/", text), encoding="utf-8")


def main() -> int:
    bad = 0
    for peer in PEERS.values():
        if program(peer.package) is None:
            try:
                fetch(peer)
            except (FetchError, OSError) as error:
                bad += 1
                print(
                    f"peers: {peer.package} cannot be had ({error}): {peer.why}; its tests are skipped", file=sys.stderr
                )
                continue
        print(f"peers: {peer.package} is there ({peer.why})")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
