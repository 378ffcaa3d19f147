"""The model files: `models.toml`, and a file by its name, believed only when its SHA-256 is right."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SHIPPED = HERE / "shipped"


class ModelError(Exception):
    """A model that cannot be used; the sentence names the file and says why."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One row of the table. `package` is empty for what is committed."""

    name: str
    sha256: str
    licence: str
    need: str
    shipped: str = ""
    package: str = ""
    inside: str = ""

    @property
    def path(self) -> Path:
        """Where the file lies, or would if its package were installed."""
        return SHIPPED / self.shipped if self.shipped else installed(self.inside)


def installed(inside: str) -> Path:
    """A file of an installed package, found without running anything of it."""
    package, _, rest = inside.partition("/")
    found = importlib.util.find_spec(package)
    folders = list(found.submodule_search_locations or ()) if found is not None else []
    return Path(folders[0] if folders else package) / rest


@functools.cache
def table() -> dict[str, ModelFile]:
    """All rows by name."""
    rows = tomllib.loads((HERE / "models.toml").read_text(encoding="utf-8"))
    return {name: ModelFile(name, **row) for name, row in rows.items()}


@dataclass(frozen=True, slots=True)
class Source:
    """Recordings or voices that the heads were trained on."""

    name: str
    licence: str


@functools.cache
def sources() -> tuple[Source, ...]:
    """All of them."""
    rows = tomllib.loads((HERE / "sources.toml").read_text(encoding="utf-8"))["source"]
    return tuple(Source(**row) for row in rows)


def content(name: str) -> bytes:
    """The bytes of the model `name`. Raises ModelError when the file is missing, cut short or another one."""
    row = table()[name]
    try:
        data = row.path.read_bytes()
    except OSError as error:
        how = f"make setup installs {row.package}" if row.package else "git checkout models/shipped"
        raise ModelError(f"{name}: {row.path}: {error.strerror}; to get it: {how}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != row.sha256:
        raise ModelError(
            f"{name}: {row.path}: SHA-256 {found[:12]}..., expected {row.sha256[:12]}... ({len(data)} bytes)"
        )
    return data
