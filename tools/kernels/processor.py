"""The processors that this one can stand in for, and the environment in which a child process does.

A kernel is OpenBLAS's code for one processor, with the instructions that numpy's own loops would find on it: BLAS is
told by ``OPENBLAS_CORETYPE``, numpy by ``NPY_DISABLE_CPU_FEATURES``.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from numpy._core import _multiarray_umath

CPUINFO: Final = Path("/proc/cpuinfo")
_AVX: Final = ("AVX", "F16C", "FMA", "X86_V3", "X86_V4")
_AVX2: Final = ("F16C", "FMA", "AVX2", "AVX512", "X86_V3", "X86_V4")
_AVX512: Final = ("AVX512", "X86_V4")


@dataclass(frozen=True)
class Kernel:
    """One kernel.

    `needs` are instructions as /proc/cpuinfo spells them; `lacks` the beginnings of the names of numpy's features that
    the processor does not have, ("",) for all that numpy can do without.
    """

    name: str
    needs: tuple[str, ...]
    lacks: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        """This process's environment, changed so that a child of it runs on this kernel."""
        without = [feature for feature in _found() if feature.startswith(self.lacks)] if self.lacks else []
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS_", "NPY_DISABLE_CPU"))
        }
        disabled = {"NPY_DISABLE_CPU_FEATURES": " ".join(without)} if without else {}
        return {**kept, "OPENBLAS_CORETYPE": self.name, **disabled}


# The quickest first, as `make kernels` measured.
KERNELS: Final = {
    "x86_64": (
        Kernel("Haswell", ("avx2", "fma"), _AVX512),
        Kernel("Nehalem", ("sse4_2",), _AVX),
        Kernel("Zen", ("avx2", "fma"), _AVX512),
        Kernel("SkylakeX", ("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"), ()),
        Kernel("Cooperlake", ("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl", "avx512_bf16"), ()),
        Kernel("Sandybridge", ("avx",), _AVX2),
        Kernel("Core2", ("ssse3",), ("",)),
        Kernel("Prescott", ("pni",), ("",)),
    ),
    "aarch64": (
        Kernel("CORTEXA72", ("asimd",), ("",)),
        Kernel("ARMV8", ("asimd",), ("",)),
        Kernel("NEOVERSEN1", ("asimd", "asimddp"), ("SVE",)),
        Kernel("NEOVERSEV1", ("asimd", "sve"), ()),
    ),
}


def here() -> list[Kernel]:
    """The kernels that this processor can execute, the quickest first; none for a processor that is in no table."""
    able = _instructions()
    return [kernel for kernel in KERNELS.get(platform.machine(), ()) if able.issuperset(kernel.needs)]


def _instructions() -> set[str]:
    for line in CPUINFO.read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return set(value.split())
    return set()


def _found() -> list[str]:
    """Numpy's features that this processor has and that numpy can do without."""
    built = vars(_multiarray_umath)
    return [feature for feature in built["__cpu_dispatch__"] if built["__cpu_features__"][feature]]
