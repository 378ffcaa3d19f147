"""The Health page says plainly whether faxes can be received on this machine."""

from __future__ import annotations

import pytest

from firmware.gateways.fax import terminal
from firmware.supervisor.fax import library
from firmware.supervisor.fax.library import SONAME, fax_library


def test_it_looks_for_the_library_that_the_gateway_opens() -> None:
    assert terminal.LIBRARY == SONAME


def test_a_library_that_is_missing_is_said_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fax_library("libc.so.6")
    assert not fax_library("libno-such-thing.so.2")
    monkeypatch.setattr(library, "fax_library", lambda: False)
    check = library.checks()[0]
    assert (check["state"], check["remedy"]) == ("warn", "Install libspandsp2.")
    assert "libspandsp is not on this machine" in check["text"]
