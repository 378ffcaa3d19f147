"""`make kernels`: the two quickest kernels of this processor hear the same, and a difference is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.kernels import processor, trial
from tools.kernels.processor import Kernel, here

QUICKEST = here()[:2]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kernels") / "corpus.npz"
    trial.write_corpus(path)
    return path


@pytest.mark.skipif(
    len(QUICKEST) < 2, reason="no two kernels are known for this processor (tools/kernels/processor.py)"
)
def test_the_two_quickest_kernels_hear_the_same(corpus: Path) -> None:
    one, other = (trial.hear_corpus(corpus, kernel) for kernel in QUICKEST)
    assert one.blas != other.blas
    assert sum(map(len, one.heard.values())) > 500
    assert trial.differences(one.heard, other.heard) == []


@pytest.mark.parametrize("kernel", QUICKEST, ids=lambda kernel: kernel.name)
@pytest.mark.timeout(900)
def test_the_signal_tests_pass_on_the_two_quickest(kernel: Kernel) -> None:
    tests = trial.signal_tests(kernel)
    assert tests.returncode == 0, tests.stdout + tests.stderr  # where it crashed stands in the second


def test_a_decision_that_flips_is_told_with_its_sound() -> None:
    digit = {"digit": "5", "start": 0.5, "end": 0.55}
    later = digit | {"end": 0.5501}
    assert trial.differences({"keys": [digit], "tones": []}, {"keys": [later], "tones": []}) == [
        f"keys: only the first heard {digit}",
        f"keys: only the second heard {later}",
    ]


def test_only_kernels_that_this_processor_can_execute_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nflags\t\t: fpu sse2 pni ssse3 sse4_2\n")
    assert [kernel.name for kernel in here()] == ["Nehalem", "Core2", "Prescott"]
    monkeypatch.setattr("platform.machine", lambda: "sparc64")
    assert here() == []


def test_a_childs_environment_forgets_what_this_machine_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("OPENBLAS_L2_SIZE", "512")
    monkeypatch.setattr(processor, "_found", lambda: ["SSE41", "AVX2", "AVX512F"])
    known = {kernel.name: kernel.environment() for kernel in processor.KERNELS["x86_64"]}
    assert known["Nehalem"]["OPENBLAS_CORETYPE"] == "Nehalem" and "OPENBLAS_L2_SIZE" not in known["Nehalem"]
    assert known["Nehalem"]["NPY_DISABLE_CPU_FEATURES"] == "AVX2 AVX512F"
    assert known["Prescott"]["NPY_DISABLE_CPU_FEATURES"] == "SSE41 AVX2 AVX512F"
    assert "NPY_DISABLE_CPU_FEATURES" not in known["SkylakeX"]
