"""What the HAT's image is built from: four source packages of Debian trixie, each by version and SHA-256.

One table, SOURCES. A row may name several versions, the newest first: Debian updates mbedtls within a release, and the
version that was tried may be gone. Whatever the archive offers beside them is refused, with both versions named.
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tools.trixie import Archive, FetchError


@dataclass(frozen=True)
class File:
    """One accepted version of a package: the file it brings and that file's SHA-256."""

    version: str
    name: str
    sha256: str


@dataclass(frozen=True)
class Source:
    """One package; ``source`` says that its upstream tar is taken rather than a binary package."""

    package: str
    source: bool
    accepted: tuple[File, ...]
    link: str
    """The folder of MicroPython's ``lib`` that it stands for; empty for MicroPython itself."""
    folder: str
    """What it unpacks to; ``{}`` stands for the upstream version."""


SOURCES = (
    Source(
        "micropython",
        True,
        (
            File(
                "1.25.0+ds-1",
                "micropython_1.25.0+ds.orig.tar.xz",
                "7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea",
            ),
        ),
        "",
        "micropython-{}",
    ),
    Source(
        "pico-sdk-source",
        False,
        (
            File(
                "2.1.1-1",
                "pico-sdk-source_2.1.1-1_all.deb",
                "507a3ca37636641bc90239d7c04dc9dc28c5008087a8162102ea94d2273153d3",
            ),
        ),
        "pico-sdk",
        "pico-sdk",
    ),
    Source(
        "tinyusb-source",
        False,
        (
            File(
                "0.18.0+dfsg-1",
                "tinyusb-source_0.18.0+dfsg-1_all.deb",
                "01ce2c645df68f14a8a7dcfc8fb355713152543757955820479a87949a61154e",
            ),
        ),
        "tinyusb",
        "tinyusb",
    ),
    Source(
        "mbedtls",
        True,
        (
            File(
                "3.6.6-0.1~deb13u1",
                "mbedtls_3.6.6.orig.tar.bz2",
                "8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a",
            ),
        ),
        "mbedtls",
        "mbedtls-{}",
    ),
)


def upstream(version: str) -> str:
    """The version without Debian's own parts: ``1.25.0+ds-1`` is 1.25.0."""
    return version.rsplit("-", 1)[0].split("+")[0]


def chosen(source: Source, offered: list[str]) -> File:
    """The accepted version to take. Raises FetchError that names package, wanted and offered versions."""
    for file in source.accepted:
        if file.version in offered:
            return file
    wanted = " or ".join(file.version for file in source.accepted)
    raise FetchError(f"{source.package}: wanted {wanted}, the archive offers {', '.join(offered) or 'none'}")


def kept(source: Source, folder: Path) -> File | None:
    """The accepted version whose file lies in ``folder`` already, whole."""
    for file in source.accepted:
        if (folder / file.name).exists() and _sha256(folder / file.name) == file.sha256:
            return file
    return None


def fetch(folder: Path, apt: Path) -> dict[str, File]:
    """Downloads what is not in ``folder`` yet; the file taken of each package. Raises FetchError."""
    taken = {source.package: kept(source, folder) for source in SOURCES}
    missing = [source for source in SOURCES if taken[source.package] is None]
    if missing:
        archive = Archive(apt, sources=True)
        for source in missing:
            file = chosen(source, archive.offered(source.package, source=source.source))
            archive.download([f"{source.package}={file.version}"], folder, source=source.source)
            found = _sha256(folder / file.name) if (folder / file.name).exists() else "no such file"
            if found != file.sha256:
                raise FetchError(f"{file.name}: SHA-256 {found}, expected {file.sha256}")
            taken[source.package] = file
        archive.forget()
    return {package: file for package, file in taken.items() if file is not None}


def unpack(files: dict[str, File], folder: Path, into: Path) -> Path:
    """Unpacks all into ``into`` and joins them; MicroPython's folder. Raises FetchError."""
    into.mkdir(parents=True)
    for source in SOURCES:
        path = folder / files[source.package].name
        if source.source:
            with tarfile.open(path) as tar:
                tar.extractall(into, filter="data")
        else:
            tar_file = into / "package.tar"
            with tar_file.open("wb") as out:
                out.write(_data_of(path))
            with tarfile.open(tar_file) as tar:
                for member in tar.getmembers():
                    if member.name.startswith("./usr/src/"):
                        member.name = member.name.removeprefix("./usr/src/")
                        tar.extract(member, into, filter="data")
            tar_file.unlink()
    micropython = into / SOURCES[0].folder.format(upstream(files["micropython"].version))
    for source in SOURCES[1:]:
        place = micropython / "lib" / source.link
        place.rmdir()  # empty in Debian's tar
        place.symlink_to(Path("../..") / source.folder.format(upstream(files[source.package].version)))
    (micropython / "lib" / "micropython-lib" / "README.md").touch()  # the build only looks whether it is there
    return micropython


def _data_of(deb: Path) -> bytes:
    done = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(deb)], capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        raise FetchError(f"dpkg-deb: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
