"""The build itself, in ``build/rp2``: sources unpacked once, our board and program laid beside them, CMake, ninja, UF2.

What must not show in the image: this repository's commit, the date, any path. MicroPython names itself by
MICROPY_GIT_*, the date is EPOCH, and with NDEBUG no path gets into the program.
"""

from __future__ import annotations

import filecmp
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

from tools.firmware import sources
from tools.setup.steps import ROOT
from tools.trixie import run

WORK = ROOT / "build" / "rp2"
IMAGE = ROOT / "build" / "hat" / "frontdesk-hat.uf2"
PROGRAM = ROOT / "firmware" / "hat"
BOARD = "FRONTDESK_HAT"
EPOCH = "1764547200"  # 2025-12-01: the day that the image says it was built on, whenever that is
FLASH_AT = "0x10000000"
FAMILY = "0xe48bff56"  # the RP2040 in a UF2's head

NOT_FROZEN = ("manifest.py", "stuffing_plain.py")
"""Files of the program that the image has no use for: machine code takes ``stuffing_plain``'s place."""

MANIFEST = 'freeze("$(PORT_DIR)/modules")\npackage("hat", base_path="frozen")\nmodule("main.py", base_path="frozen")\n'


class BuildError(Exception):
    """Raised when the image cannot be made or is not as it must be; the text says which step and why."""


def version() -> str:
    """The program's own, ``0.2.0``: it is what the image is named after."""
    return ".".join(map(str, runpy.run_path(str(PROGRAM / "version.py"))["VERSION"]))


def build(work: Path = WORK, image: Path = IMAGE) -> Path:
    """Makes the image; what is there already is not made again. Raises FetchError, BuildError."""
    downloads = work / "dl"
    files = sources.fetch(downloads, work / "apt")
    micropython = _unpacked(files, downloads, work / "src")
    _no_cxx(work / "nocxx")
    _lay_out(work / "hat")
    out = work / "out"
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": EPOCH,
        "MICROPY_GIT_TAG": "v" + sources.upstream(files["micropython"].version),
        "MICROPY_GIT_HASH": "debian",
        "CXXFLAGS": f"-I{work / 'nocxx'}",
        "LDFLAGS": f"-L{work / 'nocxx'}",
    }
    configure = ["cmake", "-G", "Ninja", "-S", str(micropython / "ports" / "rp2"), "-B", str(out)]
    configure += [f"-DMICROPY_BOARD={BOARD}", f"-DMICROPY_BOARD_DIR={work / 'hat' / BOARD}"]
    configure += [f"-DMICROPY_FROZEN_MANIFEST={work / 'hat' / 'manifest.py'}", f"-DPython3_EXECUTABLE={sys.executable}"]
    configure += ["-DPICO_NO_PICOTOOL=1", "-DCMAKE_BUILD_TYPE=MinSizeRel"]
    if not (out / "build.ninja").exists():
        _logged(configure, environment, work / "build.log")
    _logged(["ninja", "-C", str(out)], environment, work / "build.log")
    crooked = misaligned(run(["arm-none-eabi-nm", str(out / "firmware.elf")]))
    if crooked:
        raise BuildError(f"frozen machine code must lie on 4 bytes: {', '.join(crooked)} does not")
    image.parent.mkdir(parents=True, exist_ok=True)
    made = image.with_suffix(".new")
    convert = [sys.executable, str(micropython / "tools" / "uf2conv.py"), "-b", FLASH_AT, "-f", FAMILY, "-c"]
    run([*convert, "-o", str(made), str(out / "firmware.bin")])
    made.replace(image)
    return image


def misaligned(symbols: str) -> list[str]:
    """The frozen functions in ``nm``'s list that do not lie on 4 bytes.

    A Cortex-M0+ would fault on the word that a native one begins with, and load wrong constants in a viper one.
    """
    found = re.findall(r"^([0-9a-f]{8}) t (fun_data_\S+)$", symbols, re.MULTILINE)
    return [name for address, name in found if int(address, 16) % 4]


def aligned(mpy_tool: str) -> str:
    """MicroPython's ``tools/mpy-tool.py`` with frozen ARM code on 4 bytes rather than 2. Raises BuildError."""
    edited, n = re.subn(r"(ARMVxxM or RV32IMC.*\n.*aligned )\(2\)", r"\1(4)", mpy_tool)
    if n != 1:
        raise BuildError(f"mpy-tool.py has {n} places that align frozen ARM code; one was expected")
    return edited


def _unpacked(files: dict[str, sources.File], downloads: Path, src: Path) -> Path:
    """The sources, unpacked and mended; MicroPython's folder. Anew when a version has changed."""
    stamp = src / "versions"
    wanted = "".join(f"{name} {file.version}\n" for name, file in files.items())
    micropython = src / f"micropython-{sources.upstream(files['micropython'].version)}"
    if stamp.exists() and stamp.read_text() == wanted:
        return micropython
    shutil.rmtree(src, ignore_errors=True)
    shutil.rmtree(src.parent / "out", ignore_errors=True)
    sources.unpack(files, downloads, src)
    tool = micropython / "tools" / "mpy-tool.py"
    tool.write_text(aligned(tool.read_text()))
    stamp.write_text(wanted)
    return micropython


def _no_cxx(folder: Path) -> None:
    """Two headers and an empty library instead of a C++ library of 2 GB, which one file of the SDK asks for."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "cassert", "#include <assert.h>\n")
    names = " ".join(f"using ::{name};" for name in ("size_t", "malloc", "calloc", "free"))
    _write(folder / "cstdlib", f"#include <stdlib.h>\nnamespace std {{ {names} }}\n")
    if not (folder / "libstdc++.a").exists():
        run(["arm-none-eabi-ar", "rc", str(folder / "libstdc++.a")])


def _lay_out(folder: Path) -> None:
    """Our board and our program as the build wants them; a file that is the same keeps its time."""
    board, frozen = folder / BOARD, folder / "frozen"
    for path in (PROGRAM / "image" / BOARD).iterdir():
        _write(board / path.name, path.read_text())
    _write(board / "frontdesk_version.h", f'#define FRONTDESK_VERSION "{version()}"\n')
    _write(folder / "manifest.py", MANIFEST)
    program = {path.name: path for path in PROGRAM.glob("*.py") if path.name not in NOT_FROZEN}
    for name, path in program.items():
        _write(frozen / "hat" / name, path.read_text())
    for path in (frozen / "hat").glob("*.py"):
        if path.name not in program:
            path.unlink()  # a file that has gone from the program
    _write(frozen / "main.py", (PROGRAM / "root" / "main.py").read_text())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    if path.exists() and filecmp.cmp(path, new, shallow=False):
        new.unlink()
    else:
        new.replace(path)


def _logged(words: list[str], environment: dict[str, str], log: Path) -> None:
    with log.open("w") as file:
        done = subprocess.run(words, env=environment, stdout=file, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        told = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "no output")
        raise BuildError(f"{words[0]}: {told} (all of it: {os.path.relpath(log, ROOT)})")
