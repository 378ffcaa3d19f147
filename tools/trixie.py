"""Debian trixie's archive through an apt of our own, beside the system's: its lists and sources stay as they are.

No root needed. The mirror is the one this machine is set up with; apt checks signatures and hashes with Debian's key
ring, so that on Debian 12 too nothing that Debian did not sign is unpacked.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SUITE = "trixie"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class FetchError(Exception):
    """Raised when a step cannot be done; the text says which and what the tool printed last."""


def run(words: list[str], cwd: Path | None = None) -> str:
    """A command's standard output. Raises FetchError with the last line it printed."""
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise FetchError(f"{words[0]}: {last}")
    return done.stdout


def mirror() -> str:
    """The Debian mirror this machine is set up with (its first archive whose address ends in ``/debian``)."""
    lines = run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]).splitlines()
    for line in lines:
        if line.rstrip("/").endswith("/debian"):
            return line
    raise FetchError("no Debian mirror is set up here (apt-get indextargets lists none; run apt-get update)")


class Archive:
    """Trixie's packages, and with ``sources`` its source packages; apt's own files lie in ``folder``."""

    def __init__(self, folder: Path, *, sources: bool = False) -> None:
        """Reads the lists. Raises FetchError."""
        for tool in ("apt-get", "dpkg"):
            if shutil.which(tool) is None:
                raise FetchError(f"{tool} is not on this machine (the recipe needs a Debian)")
        if not KEYRING.exists():
            raise FetchError(f"{KEYRING} is missing (package debian-archive-keyring)")
        self._folder = folder = folder.resolve()
        for part in (folder / "lists" / "partial", folder / "cache" / "archives" / "partial"):
            part.mkdir(parents=True, exist_ok=True)
        at = mirror()
        kinds = ("deb", "deb-src") if sources else ("deb",)
        listed = folder / f"{SUITE}.list"
        listed.write_text("".join(f"{kind} [signed-by={KEYRING}] {at} {SUITE} main\n" for kind in kinds))
        options = [
            f"Dir::Etc::sourcelist={listed}",
            "Dir::Etc::sourceparts=/dev/null",
            "Dir::Etc::preferencesparts=/dev/null",
            f"Dir::State::lists={folder / 'lists'}",
            f"Dir::Cache={folder / 'cache'}",
            "APT::Sandbox::User=root",  # the private folders belong to whoever runs this
            "Acquire::Languages=none",
        ]
        self._options = [word for option in options for word in ("-o", option)]
        run(["apt-get", *self._options, "update"])

    def offered(self, package: str, *, source: bool = False) -> list[str]:
        """The versions of a package that the archive holds now, the newest first; none when there is no such one."""
        what = "showsrc" if source else "show"
        asked = ["apt-cache", *self._options, what, package]
        shown = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False).stdout
        return list(dict.fromkeys(line.split()[1] for line in shown.splitlines() if line.startswith("Version: ")))

    def download(self, packages: list[str], into: Path, *, source: bool = False) -> None:
        """Packages, or the files of source packages, by ``name`` or ``name=version``. Raises FetchError."""
        into.mkdir(parents=True, exist_ok=True)
        what = ["source", "--download-only", "--only-source"] if source else ["download"]
        run(["apt-get", *self._options, *what, *packages], cwd=into)

    def forget(self) -> None:
        """Removes apt's lists and cache: they are large."""
        shutil.rmtree(self._folder, ignore_errors=True)
