"""What mobile and old networks do to speech: AMR-NB and GSM full rate, by the libraries that phones use.

libopencore-amrnb (Apache-2.0) and libgsm (own free licence) through cffi in ABI mode; `there(name)` says whether this
machine has them. A codec works on 20 ms frames; lost frames are concealed by AMR's decoder, repeated for GSM.
"""

from __future__ import annotations

import functools
from typing import Any, Final

import cffi
import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

FRAME: Final = 160
AMR_MODES: Final = (0, 2, 4, 7)
"""4.75, 5.9, 7.4 and 12.2 kbit/s."""

_FFI: Final = cffi.FFI()
_FFI.cdef("""
    void *Encoder_Interface_init(int dtx);
    void Encoder_Interface_exit(void *state);
    int Encoder_Interface_Encode(void *state, int mode, const int16_t *speech, unsigned char *out, int force);
    void *Decoder_Interface_init(void);
    void Decoder_Interface_exit(void *state);
    void Decoder_Interface_Decode(void *state, const unsigned char *in, int16_t *out, int bad);
    void *gsm_create(void);
    void gsm_destroy(void *state);
    void gsm_encode(void *state, int16_t *source, unsigned char *out);
    int gsm_decode(void *state, unsigned char *in, int16_t *out);
""")
_LIBRARIES: Final = {"amr": "libopencore-amrnb.so.0", "gsm": "libgsm.so.1"}


@functools.cache
def _library(name: str) -> Any:
    return _FFI.dlopen(_LIBRARIES[name])


def there(name: str) -> bool:
    """Whether the library of `amr` or `gsm` is on this machine."""
    try:
        return _library(name) is not None
    except OSError:
        return False


def amr(sound: Samples, mode: int, lost: npt.NDArray[np.bool_]) -> Samples:
    """The sound after AMR-NB in `mode` (0 to 7); `lost` says for each 20 ms frame whether it never arrived."""
    library = _library("amr")
    encoder = _FFI.gc(library.Encoder_Interface_init(0), library.Encoder_Interface_exit)
    decoder = _FFI.gc(library.Decoder_Interface_init(), library.Decoder_Interface_exit)
    packed = _FFI.new("unsigned char[64]")
    frames = _frames(sound)
    for frame, gone in zip(frames, lost, strict=True):
        samples = _FFI.from_buffer("int16_t[]", frame)
        library.Encoder_Interface_Encode(encoder, mode, samples, packed, 0)
        if gone:
            packed[0] = 0x7C  # frame type 15: nothing received, the decoder makes something up
        library.Decoder_Interface_Decode(decoder, packed, samples, 0)
    return frames.reshape(-1)[: sound.size].copy()


def gsm(sound: Samples, lost: npt.NDArray[np.bool_]) -> Samples:
    """The sound after GSM full rate; a lost frame is the one before, once more."""
    library = _library("gsm")
    encoder = _FFI.gc(library.gsm_create(), library.gsm_destroy)
    decoder = _FFI.gc(library.gsm_create(), library.gsm_destroy)
    packed, arrived = _FFI.new("unsigned char[33]"), _FFI.new("unsigned char[33]")
    frames = _frames(sound)
    for n, (frame, gone) in enumerate(zip(frames, lost, strict=True)):
        samples = _FFI.from_buffer("int16_t[]", frame)
        library.gsm_encode(encoder, samples, packed)
        if not gone or n == 0:
            _FFI.memmove(arrived, packed, 33)
        library.gsm_decode(decoder, arrived, samples)
    return frames.reshape(-1)[: sound.size].copy()


def frame_count(sound: Samples) -> int:
    """How many 20 ms frames the sound has, the last one padded."""
    return -(-sound.size // FRAME)


def _frames(sound: Samples) -> Samples:
    frames = np.zeros((frame_count(sound), FRAME), np.int16)
    frames.reshape(-1)[: sound.size] = sound
    return frames
