"""Loads the HAT's own files and the fakes into CPython, each instance apart, as MicroPython would see them.

``Modules(package, fakes).load("hat.main")`` runs ``firmware/hat/main.py`` with an import of its own: relative and
``hat.`` names come from the package, names of files in ``fakes`` from there, MicroPython's built-ins from stand-ins
here, the rest from Python. ``stuffing_viper`` cannot be had, so that the plain byte loops serve.
"""

from __future__ import annotations

import builtins
import functools
import types
from pathlib import Path
from typing import Any

PACKAGE = "hat"
_ADDRESS = 0x2000_0000
_ROOM = 0x1_0000


def _micropython() -> types.ModuleType:
    module = types.ModuleType("micropython")
    module.const = lambda value: value  # type: ignore[attr-defined]
    module.native = lambda function: function  # type: ignore[attr-defined]
    return module


def _gc() -> types.ModuleType:
    module = types.ModuleType("gc")
    module.collect = lambda: 0  # type: ignore[attr-defined]
    module.mem_free = lambda: 100_000  # type: ignore[attr-defined]
    return module


def _uctypes() -> types.ModuleType:
    """Addresses are made up: each buffer asked for gets a room of its own."""
    module = types.ModuleType("uctypes")
    rooms: list[bytearray] = []

    def addressof(buffer: bytearray) -> int:
        for index, room in enumerate(rooms):
            if room is buffer:
                return _ADDRESS + index * _ROOM + 64
        rooms.append(buffer)
        return _ADDRESS + (len(rooms) - 1) * _ROOM + 64

    def bytearray_at(address: int, size: int) -> memoryview:
        index, offset = divmod(address - _ADDRESS - 64, _ROOM)
        return memoryview(rooms[index])[offset : offset + size]

    module.addressof = addressof  # type: ignore[attr-defined]
    module.bytearray_at = bytearray_at  # type: ignore[attr-defined]
    return module


@functools.lru_cache(maxsize=256)
def _compiled(path: str, _changed_ns: int) -> types.CodeType:
    return compile(Path(path).read_text(encoding="utf-8"), path, "exec")


class Modules:
    """One world of modules."""

    def __init__(self, package: Path, fakes: Path) -> None:
        self._package = package
        self._fakes = fakes
        self._loaded: dict[str, types.ModuleType] = {
            "micropython": _micropython(),
            "gc": _gc(),
            "uctypes": _uctypes(),
            PACKAGE: types.ModuleType(PACKAGE),
        }
        self._builtins = {**vars(builtins), "__import__": self._import}

    def load(self, name: str) -> Any:
        """A module by its full name. Raises ImportError."""
        if name in self._loaded:
            return self._loaded[name]
        if name.startswith(PACKAGE + "."):
            path = self._package / f"{name[len(PACKAGE) + 1 :]}.py"
        else:
            path = self._fakes / f"{name}.py"
        if path.stem == "stuffing_viper" or not path.exists():
            raise ImportError(f"no module {name}")
        module = types.ModuleType(name)
        module.__dict__["__builtins__"] = self._builtins
        module.__dict__["__package__"] = PACKAGE if name.startswith(PACKAGE + ".") else ""
        module.__file__ = str(path)
        self._loaded[name] = module
        try:
            exec(_compiled(str(path), path.stat().st_mtime_ns), module.__dict__)
        except BaseException:
            del self._loaded[name]
            raise
        return module

    def _import(
        self, name: str, scope: Any = None, local: Any = None, wanted: tuple[str, ...] | None = (), level: int = 0
    ) -> Any:
        if level:
            if name:
                return self.load(f"{PACKAGE}.{name}")
            package = self._loaded[PACKAGE]
            for one in wanted or ():
                setattr(package, one, self.load(f"{PACKAGE}.{one}"))
            return package
        if name in self._loaded or (self._fakes / f"{name}.py").exists():
            return self.load(name)
        return builtins.__import__(name, scope, local, wanted or (), level)
