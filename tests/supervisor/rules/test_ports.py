"""How ports are called: nothing but this may stand where a line or a handset is named."""

from __future__ import annotations

import pytest

from firmware.supervisor.rules import ports


@pytest.mark.parametrize(
    ("kind", "name", "fits"),
    [("lines", "A", True), ("lines", "C", False), ("handsets", "D", True), ("handsets", "A", False)]
    + [("handsets", name, True) for name in ("web1", "sip8", "ab2")]
    + [
        ("handsets", name, False) for name in ("", "c", "E", "web", "web9", "web10", "Web1", "web1 ", "web1\n", None, 1)
    ],
)
def test_a_port_is_named_by_the_hats_socket_or_by_its_bank(kind: ports.Kind, name: object, fits: bool) -> None:
    assert ports.can_be(kind, name) == fits


def test_a_setting_makes_a_port_elsewhere_known() -> None:
    keys = ["handsets.web2.name", "handsets.web1.extension", "handsets.web1.name", "lines.sip1.name", "handsets.x.name"]
    assert ports.named("handsets", keys) == ("C", "D", "web2", "web1")
    assert ports.named("lines", keys) == ("A", "B", "sip1")
