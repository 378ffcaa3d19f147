"""A T.30 fax terminal: 20 ms blocks in and out, pages into a TIFF file. libspandsp through cffi's ABI mode.

Life cycle: ``Terminal(path)`` answers a call (``sends=path`` makes it the calling side, for tests), ``exchange`` block
by block while ``active``, ``progress`` meanwhile, ``close``. Raises FaxUnavailable where the library is not here.
Source of the interface: spandsp 0.0.6 ``spandsp/fax.h``, ``spandsp/t30.h``, ``spandsp/g711.h``.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cffi

LIBRARY = "libspandsp.so.2"  # by soname: version 3 has other signatures under the same names (reference/dsp.md 9)
BLOCK = 160
_LONGEST_TONE = 250  # blocks
ALL_COMPRESSIONS = 1 | 2 | 4  # T.4 one-dimensional, T.4 two-dimensional, T.6
G711_MODES = {"a": 0, "mu": 1}
STATISTICS = 64  # ints; larger than t30_stats_t of any version
BIT_RATE, PAGES_TX, PAGES_RX, LENGTH = 0, 2, 3, 8  # places in t30_stats_t

_ffi = cffi.FFI()
_ffi.cdef(
    """
    void *fax_init(void *s, int calling_party);
    void *fax_get_t30_state(void *s);
    int fax_rx(void *s, int16_t *amp, int len);
    int fax_tx(void *s, int16_t *amp, int max_len);
    void fax_set_transmit_on_idle(void *s, int transmit_on_idle);
    int fax_free(void *s);
    void t30_set_rx_file(void *s, const char *file, int stop_page);
    void t30_set_tx_file(void *s, const char *file, int start_page, int stop_page);
    int t30_set_tx_ident(void *s, const char *id);
    const char *t30_get_rx_ident(void *s);
    int t30_set_ecm_capability(void *s, int enabled);
    int t30_set_supported_compressions(void *s, int supported);
    int t30_call_active(void *s);
    void t30_get_transfer_statistics(void *s, int *t);
    void *g711_init(void *s, int mode);
    int g711_decode(void *s, int16_t amp[], const uint8_t data[], int len);
    int g711_encode(void *s, uint8_t data[], const int16_t amp[], int len);
    int g711_free(void *s);
    """
)


class FaxUnavailable(Exception):
    """libspandsp is not on this machine."""


@dataclass(frozen=True)
class Progress:
    """How far a call is.

    ``ident``: what the sender calls itself, printable ASCII, from the wire; ``lines``: of the page that came last;
    ``confirmed``: of the pages that this side sends, those that the other has said it received.
    """

    pages: int
    ident: str
    bit_rate: int
    lines: int
    confirmed: int


@functools.cache
def library() -> Any:
    """libspandsp. Raises FaxUnavailable."""
    try:
        return _ffi.dlopen(LIBRARY)
    except OSError as error:
        raise FaxUnavailable("no fax library") from error


class Terminal:
    """One fax call. ``path``: the TIFF to write. ``law``: G.711 law of the blocks."""

    def __init__(self, path: Path, law: str, ident: str = "Frontdesk", sends: Path | None = None) -> None:
        self._lib = library()
        self._fax = self._lib.fax_init(_ffi.NULL, 1 if sends else 0)
        self._t30 = self._lib.fax_get_t30_state(self._fax)
        self._g711 = self._lib.g711_init(_ffi.NULL, G711_MODES[law])
        self._lib.fax_set_transmit_on_idle(self._fax, 1)
        self._lib.t30_set_ecm_capability(self._t30, 1)
        self._lib.t30_set_supported_compressions(self._t30, ALL_COMPRESSIONS)
        self._lib.t30_set_tx_ident(self._t30, ident.encode("ascii", "replace")[:20])
        if sends is not None:
            self._lib.t30_set_tx_file(self._t30, str(sends).encode(), -1, -1)
        else:
            self._lib.t30_set_rx_file(self._t30, str(path).encode(), -1)
        self._heard = _ffi.new("int16_t[]", BLOCK)
        self._said = _ffi.new("int16_t[]", BLOCK)
        self._figures = _ffi.new("int[]", STATISTICS)
        self._codes = _ffi.new("uint8_t[]", BLOCK)

    @property
    def active(self) -> bool:
        """Whether the call is still going on, as T.30 sees it."""
        return bool(self._lib.t30_call_active(self._t30))

    def exchange(self, codes: bytes) -> bytes:
        """Hears 160 G.711 codes and gives the 160 it says meanwhile. Raises ValueError on another length."""
        if len(codes) != BLOCK:
            raise ValueError(f"fax: a block of {len(codes)} samples, expected {BLOCK}")
        self._lib.g711_decode(self._g711, self._heard, codes, BLOCK)
        self._lib.fax_rx(self._fax, self._heard, BLOCK)
        _ffi.memmove(self._said, bytes(2 * BLOCK), 2 * BLOCK)
        self._lib.fax_tx(self._fax, self._said, BLOCK)
        self._lib.g711_encode(self._g711, self._codes, self._said, BLOCK)
        return bytes(_ffi.buffer(self._codes))

    def skip_answering_tone(self) -> None:
        """What is said next is what this terminal can do (DIS), without the tone and the three seconds before it."""
        sounded = False
        for _ in range(_LONGEST_TONE):
            self._lib.fax_rx(self._fax, _ffi.new("int16_t[]", BLOCK), BLOCK)
            _ffi.memmove(self._said, bytes(2 * BLOCK), 2 * BLOCK)
            self._lib.fax_tx(self._fax, self._said, BLOCK)
            sounds = any(bytes(_ffi.buffer(self._said)))
            if sounded and not sounds:
                return
            sounded = sounded or sounds

    def progress(self) -> Progress:
        """Pages received so far, and who sent them."""
        figures = self._figures
        self._lib.t30_get_transfer_statistics(self._t30, figures)
        raw = self._lib.t30_get_rx_ident(self._t30)
        ident = _ffi.string(raw)[:20].decode("ascii", "replace") if raw != _ffi.NULL else ""
        name = "".join(c for c in ident if c.isprintable()).strip()
        return Progress(max(0, figures[PAGES_RX]), name, figures[BIT_RATE], figures[LENGTH], figures[PAGES_TX])

    def close(self) -> None:
        """Ends the call; the TIFF is whole after it."""
        self._lib.fax_free(self._fax)
        self._lib.g711_free(self._g711)
