"""The HAT's image: what it is built from, and what is refused. The image is looked at where it has been built."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tools.firmware import sources
from tools.firmware.build import IMAGE, BuildError, aligned, misaligned, version
from tools.trixie import FetchError

MBEDTLS = next(source for source in sources.SOURCES if source.package == "mbedtls")
MPY_TOOL = """
        elif config.native_arch in (MP_NATIVE_ARCH_ARMV6M,):
            # ARMVxxM or RV32IMC -- two byte align.
            self.fun_data_attributes += " __attribute__ ((aligned (2)))"
"""


def test_a_version_that_was_not_tried_is_refused_by_name() -> None:
    with pytest.raises(FetchError, match=r"mbedtls: wanted 3\.6\.6-0\.1~deb13u1, the archive offers 3\.6\.9-1~deb13u1"):
        sources.chosen(MBEDTLS, ["3.6.9-1~deb13u1"])


def test_a_package_that_has_gone_is_told() -> None:
    with pytest.raises(FetchError, match=r"mbedtls: wanted .*, the archive offers none"):
        sources.chosen(MBEDTLS, [])


def test_an_accepted_version_is_found_among_several() -> None:
    assert sources.chosen(MBEDTLS, ["3.6.9-1", "3.6.6-0.1~deb13u1"]).name == "mbedtls_3.6.6.orig.tar.bz2"


def test_a_damaged_download_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "mbedtls_3.6.6.orig.tar.bz2").write_bytes(b"half of it")
    assert sources.kept(MBEDTLS, tmp_path) is None


@pytest.mark.parametrize(
    ("debian", "theirs"), [("1.25.0+ds-1", "1.25.0"), ("3.6.6-0.1~deb13u1", "3.6.6"), ("2.1.1-1", "2.1.1")]
)
def test_debians_part_of_a_version_is_left_out(debian: str, theirs: str) -> None:
    assert sources.upstream(debian) == theirs


def test_machine_code_that_does_not_lie_on_4_bytes_is_named() -> None:
    symbols = (
        "1003144e t fun_data_spi_clock\n10031458 t fun_data_stuff\n1003144a T main\n1003146e d fun_data_bytecode\n"
    )
    assert misaligned(symbols) == ["fun_data_spi_clock"]


def test_frozen_arm_code_is_aligned_and_nothing_else_is_touched() -> None:
    edited = aligned(MPY_TOOL)
    assert edited.replace("aligned (4)", "aligned (2)") == MPY_TOOL
    assert "aligned (4)" in edited


def test_a_tool_that_has_changed_is_not_edited_blindly() -> None:
    with pytest.raises(BuildError, match="0 places"):
        aligned(MPY_TOOL.replace("ARMVxxM", "ARM"))


@pytest.mark.skipif(not IMAGE.exists(), reason="no image here: make firmware")
def test_the_image_is_ours_whole_and_for_the_rp2040() -> None:
    image = IMAGE.read_bytes()
    blocks = [image[at : at + 512] for at in range(0, len(image), 512)]
    heads = [struct.unpack_from("<IIIIIIII", block) for block in blocks]
    assert all(head[0] == 0x0A324655 and head[7] == 0xE48BFF56 for head in heads)
    assert [head[5] for head in heads] == list(range(len(blocks)))
    program = b"".join(block[32 : 32 + head[4]] for block, head in zip(blocks, heads, strict=True))
    assert f"Frontdesk HAT {version()}".encode() in program
    assert str(IMAGE.parents[2]).encode() not in program, "no path of the machine it was built on"
