"""Makes the PDF of a fax from its TIFF, a page at a time: the memory of one page, however many there are.

It appears beside the TIFF when it is whole. What goes wrong leaves the TIFF as it was.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image

from firmware.fax_files import MOST_LINES, PART, PDF, Report, mend

MOST_PAGES = 500
MOST_COLUMNS = 4864  # the widest line of T.4: 303 mm at 408 dots to the inch
_RESOLUTION = (204.0, 98.0)  # dots to the inch, T.4's standard, where a page names none


def prepare() -> None:
    """Loads all that Pillow loads when it opens and saves: by a fax of two dots."""
    Image.MAX_IMAGE_PIXELS = MOST_COLUMNS * MOST_LINES
    fax, picture = io.BytesIO(), io.BytesIO()
    Image.new("1", (1, 2)).save(fax, "TIFF", compression="group4", dpi=_RESOLUTION)
    for append in (False, True):
        with Image.open(fax, formats=("TIFF",)) as page:
            page.save(picture, "PDF", append=append, dpi=_RESOLUTION, title="é")


def make(tiff: Path) -> Report:
    """The report says how many pages the PDF has; 0 and why, where there is none."""
    part = tiff.with_name(tiff.stem + PDF + PART)
    try:
        mend(tiff)
        pages = _write(tiff, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(tiff.with_suffix(PDF))
    except MemoryError:
        why = "a page needs more memory than there is for it"
    except Exception as error:  # of a damaged TIFF Pillow raises TypeError, KeyError, SyntaxError ...
        why = f"{type(error).__name__}: {error}"
    else:
        return Report(pages=pages, over=True)
    part.unlink(missing_ok=True)
    return Report(why=why, over=True)


def _write(tiff: Path, part: Path) -> int:
    """Writes page after page. Raises ValueError for what is out of bounds, and what Pillow raises."""
    with Image.open(tiff, formats=("TIFF",)) as image:
        count = int(getattr(image, "n_frames", 1))
        if count > MOST_PAGES:
            raise ValueError(f"{count} pages, expected {MOST_PAGES} at most")
        for number in range(count):
            image.seek(number)
            if image.height > MOST_LINES or image.width > MOST_COLUMNS or image.mode != "1":
                raise ValueError(f"page {number + 1} has {image.width} x {image.height} dots, {image.mode}")
            across, down = (float(value) for value in image.info.get("dpi", _RESOLUTION))
            page = image.copy()
            page.save(part, "PDF", append=number > 0, dpi=(max(across, 1.0), max(down, 1.0)), title=tiff.stem)
        return count
