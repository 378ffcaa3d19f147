"""Streaming sample-rate conversion: 8 kHz line audio to and from what models and browsers want.

libspeexdsp's resampler (BSD) through cffi, ABI mode; where the library is missing, a windowed-sinc filter of our own
with the same interface (`RESAMPLE_ENGINE` names the one in use). One object a stream and direction, `process` in order,
`reset` to start over. Rates are whole Hz from 1000 to 192000; the delay is a few milliseconds and constant.
"""

from __future__ import annotations

import math
from typing import Any, Final

import cffi
import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

LIBRARY: Final = "libspeexdsp.so.1"
_QUALITY: Final = 3
_ROOM: Final = 960  # samples taken at a time without growing
_HALF_TAPS: Final = 16  # zero crossings of the own filter to either side

_FFI: Final = cffi.FFI()
_FFI.cdef("""
    typedef struct SpeexResamplerState_ SpeexResamplerState;
    SpeexResamplerState *speex_resampler_init(uint32_t channels, uint32_t in_rate, uint32_t out_rate, int quality,
                                               int *error);
    void speex_resampler_destroy(SpeexResamplerState *state);
    int speex_resampler_process_int(SpeexResamplerState *state, uint32_t channel, const int16_t *in, uint32_t *in_len,
                                    int16_t *out, uint32_t *out_len);
    int speex_resampler_reset_mem(SpeexResamplerState *state);
""")


def _load() -> Any:
    try:
        return _FFI.dlopen(LIBRARY)
    except OSError:
        return None


_SPEEX: Final = _load()
RESAMPLE_ENGINE: Final = "speexdsp" if _SPEEX is not None else "numpy"


class _Speex:
    def __init__(self, rate_in: int, rate_out: int) -> None:
        error = _FFI.new("int *")
        state = _SPEEX.speex_resampler_init(1, rate_in, rate_out, _QUALITY, error)
        if state == _FFI.NULL:
            raise MemoryError(f"speex_resampler_init: error {error[0]}")
        self._state = _FFI.gc(state, _SPEEX.speex_resampler_destroy)
        self._ratio = rate_out / rate_in
        self._taken = _FFI.new("uint32_t *")
        self._made = _FFI.new("uint32_t *")
        self._make_room(_ROOM)

    def _make_room(self, size: int) -> None:
        """Buffers that the library reads and writes, for up to so many samples; to point it at others costs more."""
        self._in = np.empty(size, np.int16)
        self._out = np.empty(math.ceil(size * self._ratio) + 8, np.int16)
        self._pointers = _FFI.from_buffer("int16_t[]", self._in), _FFI.from_buffer("int16_t[]", self._out)

    def reset(self) -> None:
        _SPEEX.speex_resampler_reset_mem(self._state)

    def process(self, samples: Samples) -> Samples:
        if samples.size > self._in.size:
            self._make_room(samples.size)
        self._in[: samples.size] = samples
        self._taken[0], self._made[0] = samples.size, self._out.size
        source, made = self._pointers
        _SPEEX.speex_resampler_process_int(self._state, 0, source, self._taken, made, self._made)
        return self._out[: self._made[0]].copy()


class _Sinc:
    def __init__(self, rate_in: int, rate_out: int) -> None:
        shared = math.gcd(rate_in, rate_out)
        self._up, self._down = rate_out // shared, rate_in // shared
        edge = min(1.0, rate_out / rate_in) * 0.92
        self._reach = math.ceil(_HALF_TAPS / edge)
        taps = np.arange(-self._reach + 1, self._reach + 1)
        phases = np.arange(self._up)[:, None] / self._up
        at = taps[None, :] - phases
        window = np.cos(np.clip(np.pi * at / (2 * self._reach), -np.pi / 2, np.pi / 2)) ** 2
        self._filters = (edge * np.sinc(edge * at) * window).astype(np.float32)
        self.reset()

    def reset(self) -> None:
        self._past = np.zeros(2 * self._reach - 1, np.float32)
        self._position = 0  # of the next output, in 1/up of an input sample from the start of the fresh input

    def process(self, samples: Samples) -> Samples:
        wide = np.concatenate((self._past, samples.astype(np.float32)))
        limit = samples.size * self._up
        positions = np.arange(self._position, limit, self._down)
        self._position += positions.size * self._down - limit
        windows = np.lib.stride_tricks.sliding_window_view(wide, 2 * self._reach)[positions // self._up]
        made = np.einsum("ij,ij->i", windows, self._filters[positions % self._up])
        self._past = wide[wide.size - (2 * self._reach - 1) :]
        samples_out: Samples = np.clip(np.rint(made), -32768, 32767).astype(np.int16)
        return samples_out


class Resampler:
    """`process(int16 at rate_in) -> int16 at rate_out`, any block length; lengths add up to the ratio over time."""

    def __init__(self, rate_in: int, rate_out: int, engine: str = RESAMPLE_ENGINE) -> None:
        for rate in (rate_in, rate_out):
            if not 1000 <= rate <= 192000:
                raise ValueError(f"sample rate {rate!r} Hz: expected 1000 to 192000")
        if engine not in ("speexdsp", "numpy") or (engine == "speexdsp" and _SPEEX is None):
            raise ValueError(f'resampler {engine!r}: expected "numpy" or, with {LIBRARY}, "speexdsp"')
        self._same = rate_in == rate_out
        self._engine = _Speex(rate_in, rate_out) if engine == "speexdsp" else _Sinc(rate_in, rate_out)

    def reset(self) -> None:
        """Forget what came before."""
        self._engine.reset()

    def process(self, samples: Samples) -> Samples:
        """The next samples at the other rate."""
        if self._same or not samples.size:
            return samples.copy()
        return self._engine.process(samples)
