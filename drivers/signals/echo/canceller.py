"""Echo cancelling for one leg: takes our own voice out of what the line gives back.

Three stages. The first is a model of the line's hybrid (`drivers/signals/echo/model.py`): within 18 ms of what we play
it finds the echo path by weighted least squares, in a fraction of a second of speech, and keeps it while both speak.
The second is for the far end's hybrid behind a network without a canceller, 55 to 260 ms late (`far.py`). The last is
libspeexdsp's MDF canceller (BSD), for echo that comes between the two: a driver that buffers. It costs as much as the
first and bends with every double talk, so it runs only where the model finds no good path in a second of our speech,
hears on trial what is left, and stays in the way while it takes out at least 3 dB. libspeexdsp is reached through cffi
in ABI mode by its soname, so that no compiler is needed on the box. Where the library is missing, a slower canceller of
our own (`fallback.py`) is the last stage; `ECHO_ENGINE` names the one in use, for the log and the Health page.

Life: one canceller a leg, used from one thread, fed one block of near end (from the line) with the block of reference
(to the line) that was **played at the same time**: a reference up to 12 ms early is within the model's reach, one that
is late is never found (reference/dsp.md 7.2). The play-out of the HAT is fixed, so the caller of `process` aligns by
time stamp; a block that was lost in either direction is fed as silence and counted (`lost_near`, `lost_reference`).
The tail covers the hybrid and the driver's buffering. On any input the output is bounded; a canceller that makes
things worse for a second is reset (`divergences`). A near end without our voice in it comes out as it went in.
"""

from __future__ import annotations

import math
from typing import Any, Final

import cffi
import numpy as np
import numpy.typing as npt

from drivers.signals.echo.fallback import NumpyCanceller
from drivers.signals.echo.far import FarEcho
from drivers.signals.echo.model import HybridModel

Samples = npt.NDArray[np.int16]

BLOCK: Final = 160
TAIL_512: Final = 512
"""64 ms: hybrid and up to 30 ms of buffering; the default."""

_WATCH_EVERY: Final = 4  # blocks between two looks at how well it does

AUDIBLE: Final = BLOCK * 100.0**2
"""Energy of a block at about -47 dBm0."""
_LOWEST: Final = np.float32(-32768.0)
_HIGHEST: Final = np.float32(32767.0)

LIBRARY: Final = "libspeexdsp.so.1"

_DECLARATIONS: Final = """
    typedef struct SpeexEchoState_ SpeexEchoState;
    SpeexEchoState *speex_echo_state_init(int frame_size, int filter_length);
    void speex_echo_state_destroy(SpeexEchoState *state);
    void speex_echo_cancellation(SpeexEchoState *state, const int16_t *near, const int16_t *reference, int16_t *out);
    void speex_echo_state_reset(SpeexEchoState *state);
    int speex_echo_ctl(SpeexEchoState *state, int request, void *value);
"""
_SET_SAMPLING_RATE: Final = 24


def _load() -> tuple[cffi.FFI, Any, str]:
    ffi = cffi.FFI()
    ffi.cdef(_DECLARATIONS)
    try:
        return ffi, ffi.dlopen(LIBRARY), ""
    except OSError as error:
        return ffi, None, str(error)


_FFI, _SPEEX, _WHY_NOT = _load()

ECHO_ENGINE: Final = "speexdsp" if _SPEEX is not None else "numpy"
"""What takes late echo out behind the line model on this machine."""
ECHO_ENGINE_NOTE: Final = (
    "" if _SPEEX is not None else f"{LIBRARY} is missing ({_WHY_NOT}): a slower own canceller takes late echo out"
)
"""Empty, or one line for the start-up log and the Health page."""


class SpeexCanceller:
    """libspeexdsp's canceller at 8 kHz. The library works in whole blocks and rounds the tail up to them."""

    def __init__(self, tail: int) -> None:
        assert _SPEEX is not None
        state = _SPEEX.speex_echo_state_init(BLOCK, tail)
        if state == _FFI.NULL:
            raise MemoryError(f"speex_echo_state_init({BLOCK}, {tail})")
        self._state = _FFI.gc(state, _SPEEX.speex_echo_state_destroy)
        _SPEEX.speex_echo_ctl(self._state, _SET_SAMPLING_RATE, _FFI.new("int32_t *", 8000))

    def reset(self) -> None:
        _SPEEX.speex_echo_state_reset(self._state)

    def process(self, near: Samples, reference: Samples) -> Samples:
        out = np.empty(BLOCK, np.int16)
        _SPEEX.speex_echo_cancellation(
            self._state,
            _FFI.from_buffer("int16_t[]", near),
            _FFI.from_buffer("int16_t[]", reference),
            _FFI.from_buffer("int16_t[]", out),
        )
        return out


_SILENCE: Final = np.zeros(BLOCK, np.int16)


class _LateStage:
    """The last stage: off, then on trial beside the first, then in the way for as long as it is of use."""

    _WINDOW: Final = 75  # blocks in which we spoke, between two decisions
    _UNHEARD: Final = 50  # of them, in a trial: it converges, and is not judged
    _USEFUL: Final = 0.5  # it may leave half of what the first stage leaves

    def __init__(self, tail: int, engine: str) -> None:
        self._canceller: SpeexCanceller | NumpyCanceller = (
            SpeexCanceller(tail) if engine == "speexdsp" else NumpyCanceller(tail)
        )
        self.running = False
        self.used = False

    def start(self) -> None:
        self._canceller.reset()
        self.running = True
        self.used = False
        self._open_window()

    def stop(self) -> None:
        self.running = self.used = False

    def _open_window(self) -> None:
        self._spoken = 0
        self._before = self._after = 0.0

    def process(self, left: Samples, reference: Samples) -> Samples:
        """One block of what the first stage left, with less echo if this stage is in the way."""
        out = self._canceller.process(left, reference)
        if _energy(reference) > AUDIBLE:
            self._spoken += 1
            if self.used or self._spoken > self._UNHEARD:
                self._before += _energy(left)
                self._after += _energy(out)
        if self._spoken >= self._WINDOW:
            self.used = self.running = self._after < self._USEFUL * self._before
            self._open_window()
        return out if self.used else left


class EchoCanceller:
    """One leg's canceller. `engine` names the last stage, "speexdsp" or "numpy"; default: the best there is."""

    _FIRST_TRIAL: Final = 50  # blocks we spoke in without a good path before the last stage is tried ...
    _NEXT_TRIAL: Final = (
        500  # ... and is tried again, or where a good path was known: somebody else speaks, most likely
    )
    _WORSE_LOOKS: Final = 50 // _WATCH_EVERY  # a second of output louder than input

    def __init__(self, tail: int = TAIL_512, engine: str = ECHO_ENGINE) -> None:
        if not BLOCK <= tail <= 4096:
            raise ValueError(f"echo tail {tail!r}: expected {BLOCK} to 4096 samples")
        if engine == "speexdsp" and _SPEEX is None:
            raise OSError(ECHO_ENGINE_NOTE)
        if engine not in ("speexdsp", "numpy"):
            raise ValueError(f'echo engine {engine!r}: expected "speexdsp" or "numpy"')
        self.tail = tail
        self.engine = engine
        self._model = HybridModel()
        self._far = FarEcho()
        self._late = _LateStage(tail, engine)
        self._tried = False  # the last stage, on this line
        self.lost_near = 0
        self.lost_reference = 0
        self.divergences = 0
        self._blocks = 0
        self._worse_looks = 0
        self.loss_db = 0.0
        """Echo loss lately, dB, measured while only we speak; 0 until then."""

    @property
    def late_echo(self) -> bool:
        """Whether the last stage is in use: the echo comes later than the line model reaches."""
        return self._late.used

    @property
    def far_delay(self) -> int | None:
        """Samples after which the far end's echo comes back; None: there is none, as far as is known."""
        return self._far.delay

    def reset(self) -> None:
        """Forget the line (a new call on another line); counters stay."""
        self._model.reset()
        self._far.reset()
        self._late.stop()
        self._tried = False
        self._worse_looks = 0
        self.loss_db = 0.0

    def process(self, near: Samples | None, reference: Samples | None) -> Samples:
        """The near end without our echo. None is a block that was lost: silence takes its place and it is counted.

        Both are int16[160]; raises ValueError on any other length.
        """
        if near is None:
            self.lost_near += 1
            near = _SILENCE
        if reference is None:
            self.lost_reference += 1
            reference = _SILENCE
        if near.size != BLOCK or reference.size != BLOCK:
            raise ValueError(f"echo canceller: blocks of {near.size} and {reference.size} samples, expected {BLOCK}")
        heard, played = near.astype(np.float32), reference.astype(np.float32)
        left = self._model.process(heard, played)
        left = self._far.process(left, played)
        np.rint(left, out=left)
        np.maximum(left, _LOWEST, out=left)  # two calls cost a third of np.clip's
        np.minimum(left, _HIGHEST, out=left)
        out: Samples = left.astype(np.int16)
        if self._late.running:
            out = self._late.process(out, np.ascontiguousarray(reference, dtype=np.int16))
        elif self._model.poor_blocks >= (self._NEXT_TRIAL if self._tried or self._model.proven else self._FIRST_TRIAL):
            self._model.poor_blocks = 0
            self._tried = True
            self._late.start()
        self._blocks += 1
        if self._blocks % _WATCH_EVERY == 0:
            self._watch(_energy(heard), _energy(played), _energy(out if self._late.used else left))
        return out

    def _watch(self, energy_in: float, energy_played: float, energy_out: float) -> None:
        """Keep the loss figure, and reset a canceller that has made the line louder for a whole second."""
        if energy_in > AUDIBLE and energy_played > AUDIBLE:
            loss = 10.0 * math.log10(energy_in / max(energy_out, 1.0))
            self.loss_db += (loss - self.loss_db) * _WATCH_EVERY / 50.0
        if energy_out > 2.0 * energy_in + AUDIBLE:
            self._worse_looks += 1
            if self._worse_looks >= self._WORSE_LOOKS:
                self.divergences += 1
                self.reset()
        else:
            self._worse_looks = 0


def _energy(block: Samples | npt.NDArray[np.float32]) -> float:
    wide = block.astype(np.float32, copy=False)
    return float(wide @ wide)
