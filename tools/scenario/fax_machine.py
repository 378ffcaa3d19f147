"""A fax machine behind a line of the virtual board: it whistles, sends a letter by T.30 and hangs on until it is done.

The protocol is libspandsp's, on both ends of the line: a sender of ours would only prove that we agree with ourselves.
Raises VoiceError where the library is not on this machine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from board.virtual.party import Party as Mouth
from drivers.signals import g711
from firmware.gateways.fax.terminal import FaxUnavailable, Terminal
from tools.scenario.voices import VoiceError

Samples = npt.NDArray[np.int16]

WIDTH = 1728  # columns of a line, T.4
ACROSS, DOWN = 204, 98  # dots to the inch, T.4's standard resolution
LINE_PX = 34
MARGIN_PX = 60


def draw(pages: str, path: Path) -> None:
    """Writes text, with a form feed between pages, as the TIFF that a machine's scanner makes."""
    drawn = []
    for page in pages.split("\f"):
        lines = page.splitlines()
        image = Image.new("1", (WIDTH, 2 * MARGIN_PX + LINE_PX * len(lines)), 1)
        pen = ImageDraw.Draw(image)
        for number, line in enumerate(lines):
            pen.text((MARGIN_PX, MARGIN_PX + LINE_PX * number), line, fill=0, font=ImageFont.load_default(28))
        drawn.append(image)
    drawn[0].save(path, compression="group3", dpi=(ACROSS, DOWN), save_all=True, append_images=drawn[1:])


def alike(received: Path, sent: Path) -> bool:
    """Whether a fax shows what was sent: the same pages, all but one in a thousand dots."""
    with Image.open(received) as one, Image.open(sent) as other:
        if getattr(one, "n_frames", 1) != getattr(other, "n_frames", 1):
            return False
        for number in range(getattr(other, "n_frames", 1)):
            one.seek(number)
            other.seek(number)
            page = np.asarray(one.convert("1").crop((0, 0, *other.size)))
            if one.width != other.width or (page == np.asarray(other.convert("1"))).mean() < 0.999:
                return False
    return True


class FaxMachine:
    """Sends ``letter`` through ``mouth`` from now on; ``over`` says that the call has ended. ``close`` at the end.

    ``by_hand``: a person has pressed its button, and it has no calling tone: it is silent until it is spoken to.
    """

    def __init__(
        self, mouth: Mouth, letter: Path, ident: str, over: Callable[[], bool], *, by_hand: bool = False
    ) -> None:
        self._mute = by_hand
        try:
            self._terminal = Terminal(letter.with_suffix(".none"), "mu", ident=ident, sends=letter)
        except FaxUnavailable as error:
            raise VoiceError(str(error)) from error
        self._over = over
        self._mouth = mouth
        mouth.on_block.append(self._exchange)

    @property
    def done(self) -> bool:
        """Whether all has been sent, given up, or cut off."""
        return self._over() or not self._terminal.active

    @property
    def confirmed(self) -> int:
        """The pages that it was told were received."""
        return self._terminal.progress().confirmed

    def close(self) -> None:
        """Leaves the line; what is still to be said is not."""
        self._mouth.on_block.remove(self._exchange)
        self._terminal.close()

    def _exchange(self, mouth: Mouth, block: Any) -> None:
        codes = self._terminal.exchange(g711.encode(np.asarray(block, np.int16), "mu").tobytes())
        said = g711.decode(np.frombuffer(codes, np.uint8), "mu")
        if self._mute:
            self._mute = not said.any() or _is_calling_tone(said)
        mouth.say(np.zeros_like(said) if self._mute else said)


def _is_calling_tone(block: Samples) -> bool:
    """Whether a block of 160 samples holds 1100 Hz and little else, though it may begin or end in it."""
    spectrum = np.abs(np.fft.rfft(block.astype(np.float64))) ** 2
    return bool(spectrum[19:26].sum() > 0.5 * spectrum.sum())
