"""What a box that was killed has received is found at the next start, exactly once."""

from __future__ import annotations

import logging
import struct
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from firmware.fax_files import Report, mend, pages_in, write_report, writing
from firmware.supervisor.fax import adopting
from firmware.supervisor.fax.adopting import adopt
from firmware.supervisor.store import faxes
from tests.supervisor.fax.conftest import NAME, START_MS, Home


def test_pages_without_a_row_get_one_and_their_sender(home: Home) -> None:
    write_report(home.tiff(3), Report(3, "+1 514 555 0123", 14400))
    assert adopt(home.database, home.faxes) == [1]
    assert home.rows() == [(NAME, 3, "+1 514 555 0123", "waiting")]
    assert adopt(home.database, home.faxes) == [], "nothing is done twice"
    assert home.rows() == [(NAME, 3, "+1 514 555 0123", "waiting")]


def test_a_row_that_was_cut_off_counts_the_pages_that_are_there(home: Home) -> None:
    home.tiff(2)
    home.row("receiving", 1)
    adopt(home.database, home.faxes)
    assert home.rows() == [(NAME, 2, "", "waiting")]


def test_a_fax_of_an_older_box_has_no_report_and_is_found_all_the_same(home: Home) -> None:
    home.tiff(2)
    adopt(home.database, home.faxes)
    assert home.rows() == [(NAME, 2, "", "waiting")]


def test_a_tiff_that_is_damaged_keeps_the_pages_that_its_report_counts(home: Home) -> None:
    tiff = home.tiff(2)
    write_report(tiff, Report(2, "Roy", 9600))
    tiff.write_bytes(tiff.read_bytes()[:20])
    adopt(home.database, home.faxes)
    assert home.rows() == [(NAME, 2, "Roy", "waiting")]
    assert tiff.exists()


def test_what_has_no_page_is_taken_away_and_what_is_settled_or_strange_is_left(home: Home) -> None:
    empty = home.faxes / f"2026-03/000001-fax-{START_MS + 1}.tif"
    home.tiff(1)
    home.row("failed", 1)
    empty.write_bytes(b"II*\0\0\0\0\0")
    stranger = home.tiff(1, "2026-03/holiday.tif")
    assert adopt(home.database, home.faxes) == []
    assert home.rows() == [(NAME, 1, "", "failed")]
    assert not empty.exists()
    assert stranger.exists()


@pytest.mark.parametrize("name", [f"2026-03/000099-fax-{START_MS}.tif", f"2026-03/000001-fax-{START_MS - 1}.tif"])
def test_a_fax_that_outlived_the_log_of_its_call_has_a_call_again(home: Home, name: str) -> None:
    """The database is a backup: the call is not in it, or another has its number by now."""
    home.tiff(2, name)
    adopt(home.database, home.faxes)
    (fax,) = home.database.write(faxes.list_faxes).result()
    assert (fax.path, fax.pages, fax.call, fax.received_ms) == (name, 2, 2, int(name[-17:-4]))
    assert adopt(home.database, home.faxes) == []


def test_a_page_that_a_gateway_of_the_last_run_still_writes_is_counted(home: Home) -> None:
    home.tiff(1)
    begun = threading.Barrier(2)

    def gateway() -> None:
        with writing(home.faxes):
            begun.wait()
            home.tiff(2)

    last = threading.Thread(target=gateway)
    last.start()
    begun.wait()
    adopt(home.database, home.faxes)
    last.join()
    assert home.rows() == [(NAME, 2, "", "waiting")]


def test_a_gateway_that_never_ends_keeps_no_box_from_starting(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(adopting, "GATEWAY_S", 0.0)
    home.tiff(1)
    with writing(home.faxes), caplog.at_level(logging.WARNING):
        assert adopt(home.database, home.faxes) == [1]
    assert "a gateway of the last run still writes" in caplog.text


def test_a_ring_of_directories_has_no_end_and_its_pages_count_once(home: Home) -> None:
    tiff = home.tiff(1, "ring.tif")
    one = b"\1\0" + bytes(12)  # a directory with one entry
    tiff.write_bytes(b"II*\0" + struct.pack("<I", 8) + one + struct.pack("<I", 26) + one + struct.pack("<I", 8))
    assert pages_in(tiff) == 2
    mend(tiff)
    assert tiff.read_bytes().endswith(one + bytes(4))
    assert pages_in(home.faxes / "none.tif") == 0


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_tiff_cut_anywhere_counts_whole_pages_and_is_mended(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tiff = tmp_path_factory.mktemp("cut") / "fax.tif"
    one = Image.new("1", (64, 40), 1)
    one.save(tiff, compression="group4", save_all=True, append_images=[one, one])
    whole = tiff.read_bytes()
    tiff.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    count = pages_in(tiff)
    assert count == 3 if tiff.stat().st_size == len(whole) else count <= 3
    mend(tiff)
    assert pages_in(tiff) == count
    if count:
        with Image.open(tiff) as image:
            assert image.n_frames == count  # type: ignore[attr-defined]
