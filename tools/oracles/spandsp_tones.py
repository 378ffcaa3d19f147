"""libspandsp's supervisory tone receiver (`super_tone_rx`, 0.0.6), set to listen for a country's tones.

ABI-mode cffi on `libspandsp.so.2` (Debian libspandsp2). Loaded by soname: version 3 has other signatures under the same
names. Its limits (reference/dsp.md section 9): at most two frequencies a part, ten parts a tone, no modulation; tones
that need more are left out (`heard_by_spandsp`). Cadence windows are +-20 %, at least 50 ms, as in the study.
"""

from __future__ import annotations

from typing import Any, Final

import cffi
import numpy as np
import numpy.typing as npt

from drivers.signals.countries import Country
from drivers.signals.tonespec import Part, ToneSpec
from tools.oracles.spandsp import LIBRARY

_FFI: Final = cffi.FFI()
_FFI.cdef("""
    typedef struct super_tone_rx_descriptor_s super_tone_rx_descriptor_t;
    typedef struct super_tone_rx_state_s super_tone_rx_state_t;
    super_tone_rx_descriptor_t *super_tone_rx_make_descriptor(super_tone_rx_descriptor_t *desc);
    int super_tone_rx_free_descriptor(super_tone_rx_descriptor_t *desc);
    int super_tone_rx_add_tone(super_tone_rx_descriptor_t *desc);
    int super_tone_rx_add_element(super_tone_rx_descriptor_t *desc, int tone, int f1, int f2, int min, int max);
    typedef void (*tone_report_func_t)(void *user_data, int code, int level, int delay);
    super_tone_rx_state_t *super_tone_rx_init(super_tone_rx_state_t *s, super_tone_rx_descriptor_t *desc,
                                              tone_report_func_t callback, void *user_data);
    int super_tone_rx_free(super_tone_rx_state_t *s);
    int super_tone_rx(super_tone_rx_state_t *super, const int16_t amp[], int samples);
""")


def heard_by_spandsp(tone: ToneSpec) -> bool:
    """Whether the receiver can be told of this tone at all."""
    parts = tone.cycle or tone.once
    return (
        len(parts) <= 10
        and not (tone.once and tone.cycle)
        and all(len(part.hz) <= 2 and not part.swing_hz for part in parts)
    )


class SpandspTones:
    """`feed(samples) -> names of tones` of one country, among those given."""

    def __init__(self, country: Country, tones: tuple[str, ...]) -> None:
        self._library: Any = _FFI.dlopen(LIBRARY)
        self._names = [name for name in tones if name in country.tones and heard_by_spandsp(country.tones[name])]
        self._told: list[str] = []
        self._callback = _FFI.callback("tone_report_func_t", self._report)  # kept: C calls it
        bursts = [part.ms for name in self._names for part in country.tones[name].cycle if part.sounding and part.ms]
        # as long as no burst of another tone lasts: else every ringback would first be told as a dial tone
        self._steady = max([700, *(ms + max(50, ms // 5) + 50 for ms in bursts)])
        self._descriptor = self._library.super_tone_rx_make_descriptor(_FFI.NULL)
        for name in self._names:
            tone = self._library.super_tone_rx_add_tone(self._descriptor)
            for part in country.tones[name].cycle or country.tones[name].once:
                self._element(tone, part)
        self.reset()

    def _element(self, tone: int, part: Part) -> None:
        first, second = (*(round(hz) for hz in part.hz), 0, 0)[:2]
        if part.ms is None:
            low, high = self._steady, 0
        else:
            slack = max(50, part.ms // 5)
            low, high = max(0, part.ms - slack), part.ms + slack
        self._library.super_tone_rx_add_element(self._descriptor, tone, first, second, low, high)

    def _report(self, _user_data: object, code: int, _level: int, _delay: int) -> None:
        if 0 <= code < len(self._names):
            self._told.append(self._names[code])

    def reset(self) -> None:
        """A new receiver on the same tones."""
        state = self._library.super_tone_rx_init(_FFI.NULL, self._descriptor, self._callback, _FFI.NULL)
        self._state = _FFI.gc(state, self._library.super_tone_rx_free)
        self._told = []

    def feed(self, samples: npt.NDArray[np.int16]) -> list[str]:
        """The tones that began within these samples."""
        self._told = []
        block = np.ascontiguousarray(samples, dtype=np.int16)
        self._library.super_tone_rx(self._state, _FFI.from_buffer("int16_t[]", block), block.size)
        return self._told
