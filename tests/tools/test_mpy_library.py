"""micropython-lib's unittest is taken from the package that was tried, or not at all."""

from __future__ import annotations

import hashlib
import io
import tarfile

import pytest

from tools import mpy_library


def package(name: str, content: bytes) -> bytes:
    """A package with one file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def test_another_package_is_refused() -> None:
    with pytest.raises(mpy_library.FetchError, match="SHA-256"):
        mpy_library.module_of(package("micropython-unittest-0.4/unittest.py", b"import os"))


@pytest.mark.parametrize("name", ["micropython-unittest-0.4/unittest.py", "../unittest.py"])
def test_only_the_module_is_taken_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tar = package(name, b"class TestCase: pass")
    monkeypatch.setattr(mpy_library, "SHA256", hashlib.sha256(tar).hexdigest())
    if name.startswith(".."):
        with pytest.raises(mpy_library.FetchError, match=r"holds no unittest\.py"):
            mpy_library.module_of(tar)
    else:
        assert mpy_library.module_of(tar) == b"class TestCase: pass"


def test_without_a_network_the_reason_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setattr(mpy_library, "VERSION", "0.4.999")
    assert mpy_library.main(["--again"]) == 1
    assert "cannot be had here: unearth micropython-unittest==0.4.999" in capsys.readouterr().err
