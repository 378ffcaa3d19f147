"""DTMF receiver: samples in, digits out, while they begin and again when they end.

What it does. The line is looked at every 5 ms (a hop of 40 samples). A cheap gate (`gate.py`) - the power of the
eight tones in three 10 ms windows against all power there - passes the few hops that could hold a digit. Only those are
measured (`fit.py`): both tones' frequency, amplitude and drift are fitted to the last 30 ms by least squares, and
what the fit leaves over tells a digit from speech. While a digit lasts its two tones are followed at the frequencies
measured. Over a dial tone a second listener hears what is left without it.

Life cycle. A `DtmfBank` hears several streams, one block of each a tick: what numpy costs a call is shared by them. A
`DtmfReceiver` is a bank of one stream that takes blocks of any length. `reset` makes a stream new. A digit is told
twice: with `end=None` as soon as it is sure (about 32 ms after its start), and with its end once it has been away for
20 ms, so that a gap of 10 ms does not double it.

Failure behaviour. Any int16 input is legal; memory is a fixed history; silence costs a dot product.

Sources: ITU-T Q.23 (frequencies), Q.24 (what a receiver must take and refuse).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from drivers.signals import levels
from drivers.signals.dial_tone import DELAY, DialTone
from drivers.signals.dtmf.fit import DtmfLimits, Fit, fit, rough
from drivers.signals.dtmf.gate import BLOCK, HISTORY, HOP, HOPS, SHORT, WINDOW, Gate, kernels
from drivers.signals.tones import DTMF_KEYS

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]

_AWAY = 140  # samples without the tones that end a digit, from the middle of a window to the middle of a window


@dataclass(frozen=True)
class Digit:
    """A digit heard.

    `start` and `end` in samples since the receiver's start, good to about 2 ms; `end` is None while it lasts. `level`
    is the mean power of the two tones in dBm0 (per tone: two equal tones at -20 dBm0 give -20.0). `twist` is the high
    tone's level over the low tone's in dB.
    """

    digit: str
    start: int
    end: int | None
    level: float
    twist: float

    def moved(self, by: int) -> Digit:
        """The same digit, counted from `by` samples earlier."""
        return replace(self, start=self.start + by, end=None if self.end is None else self.end + by)


class DtmfBank:
    """Hears DTMF digits in several streams at once, also over a dial tone. See the module's docstring."""

    def __init__(self, streams: int, limits: DtmfLimits | None = None) -> None:
        self._limits = limits or DtmfLimits()
        self._listeners = _Listeners(streams, self._limits)
        self._dial_tones = [DialTone() for _ in range(streams)]
        # what lies behind a stream's dial tone has a listener of its own, from when its first one sounds
        self._behind: list[_Listeners | None] = [None] * streams
        self._origin: list[int | None] = [None] * streams  # of the samples that `_behind` hears now
        self._once = [_Once() for _ in range(streams)]
        self._position = [0] * streams

    def reset(self, stream: int) -> None:
        """Forget one stream: the next sample of it is sample 0."""
        self._listeners.reset(stream)
        self._dial_tones[stream].reset()
        self._origin[stream] = None
        self._once[stream] = _Once()
        self._position[stream] = 0

    def lasting(self, stream: int) -> Digit | None:
        """The digit that is on in a stream."""
        origin, behind = self._origin[stream], self._behind[stream]
        bare = behind.lasting(0) if behind is not None and origin is not None else None
        return self._listeners.lasting(stream) or (_from_start(bare, origin or 0) if bare is not None else None)

    def position(self, stream: int) -> int:
        """Samples heard of a stream since its start."""
        return self._position[stream]

    def feed(self, blocks: Samples, echo: Sequence[bool]) -> list[list[Digit]]:
        """Hear the next block of every stream (int16, streams x BLOCK); for each the digits that began or ended in it.

        `echo`, for each: our own voice was cancelled out of these samples, and what is left of it may look like a
        voice: a digit that leaves such a residual counts all the same, but 15 ms later.
        """
        facts = [
            once.of("line", told) for once, told in zip(self._once, self._listeners.feed(blocks, echo), strict=True)
        ]
        gate = self._listeners.gate
        for stream, dial_tone in enumerate(self._dial_tones):
            if dial_tone.on:
                bare = dial_tone.strip(gate.signal(stream))
                facts[stream] += self._hear_behind(stream, bare[None, :], echo[stream])
            else:
                dial_tone.watch(gate.energy[stream], gate.change[stream])
                if self._origin[stream] is not None:  # the tone has gone: a digit over it that is on ends
                    facts[stream] += self._hear_behind(stream, np.zeros((1, BLOCK), np.int16), echo[stream])
                    self._origin[stream] = None
            self._position[stream] += BLOCK
        return facts

    def _hear_behind(self, stream: int, bare: Samples, echo: bool) -> list[Digit]:
        behind = self._behind[stream]
        if behind is None:
            behind = self._behind[stream] = _Listeners(1, self._limits)
        origin = self._origin[stream]
        if origin is None:
            behind.reset(0)
            origin = self._origin[stream] = self._position[stream] - DELAY
        heard = [_from_start(digit, origin) for digit in behind.feed(bare, [echo])[0]]
        return self._once[stream].of("behind", heard)


class _Once:
    """A digit that is so much louder than the dial tone under it is heard by both listeners, and told by the first."""

    def __init__(self) -> None:
        self._last: tuple[str, Digit] | None = None  # the digit told last, and by whom
        self._left_out: set[str] = set()  # whose digit that is on is another's

    def of(self, listener: str, digits: list[Digit]) -> list[Digit]:
        """Those of a listener's digits that are its own to tell."""
        return [digit for digit in digits if self._own(listener, digit)]

    def _own(self, listener: str, digit: Digit) -> bool:
        if digit.end is None and self._another(listener, digit):
            self._left_out.add(listener)
        elif listener not in self._left_out:
            if digit.end is None or (self._last is not None and self._last[0] == listener):
                self._last = (listener, digit)
            return True
        elif digit.end is not None:
            self._left_out.remove(listener)
        return False

    def _another(self, listener: str, digit: Digit) -> bool:
        """Whether the other listener has told of it: the same key, which had not ended when this one began."""
        if self._last is None or self._last[0] == listener or self._last[1].digit != digit.digit:
            return False
        end = self._last[1].end
        return end is None or digit.start < end


class DtmfReceiver:
    """A bank of one stream, fed in blocks of any length."""

    def __init__(self, limits: DtmfLimits | None = None) -> None:
        self._bank = DtmfBank(1, limits)
        self.reset()

    def reset(self) -> None:
        """Forget everything; the next sample fed is sample 0."""
        self._bank.reset(0)
        self._rest = np.zeros(0, np.int16)

    def feed(self, samples: Samples, *, echo: bool = False) -> list[Digit]:
        """Hear the next samples (int16, any length); the digits that began or ended in them. `echo`: as of `DtmfBank`.

        What does not fill a block of 20 ms waits for the rest of it.
        """
        if self._rest.size:
            samples = np.concatenate([self._rest, samples])
        whole = samples.size - samples.size % BLOCK
        self._rest = samples[whole:].copy()
        facts: list[Digit] = []
        for start in range(0, whole, BLOCK):
            facts += self._bank.feed(samples[None, start : start + BLOCK], [echo])[0]
        return facts


def _from_start(digit: Digit, origin: int) -> Digit:
    """A digit of a listener that began at `origin`; one that was on already began with the stream."""
    moved = digit.moved(origin)
    return replace(moved, start=max(0, moved.start), end=None if moved.end is None else max(1, moved.end))


class _Listeners:
    """The detector proper, for some streams: whatever lies under a stream's digits counts against them."""

    def __init__(self, streams: int, limits: DtmfLimits) -> None:
        self._limits = limits
        self.gate = Gate(streams, limits.least_level)
        self._followers = [_Follower(limits.patience) for _ in range(streams)]

    def reset(self, stream: int) -> None:
        self.gate.reset(stream)
        self._followers[stream] = _Follower(self._limits.patience)

    def lasting(self, stream: int) -> Digit | None:
        lasting = self._followers[stream].lasting
        return None if lasting is None else lasting.told

    def feed(self, blocks: Samples, echo: Sequence[bool]) -> list[list[Digit]]:
        """The digits that began or ended in the next block of each stream."""
        passed = self.gate.feed(blocks)
        fits: dict[tuple[int, int], Fit] = {}
        if passed:
            fits = self._fits([at for at in passed if self._followers[at[0]].wants(at[1])], echo)
        facts: list[list[Digit]] = []
        for stream, follower in enumerate(self._followers):
            if follower.lasting is None and not fits:
                follower.position += BLOCK
                facts.append([])
                continue
            begins = {hop: found for (whose, hop), found in fits.items() if whose == stream}
            facts.append(follower.hear(self.gate.signal(stream), begins))
        return facts

    def _fits(self, at: list[tuple[int, int]], echo: Sequence[bool]) -> dict[tuple[int, int], Fit]:
        """The digits that fill the windows ending with those hops."""
        likely = {}
        for stream, hop in at:
            found = rough(*self.gate.tones(stream, hop), self._limits)
            if found is not None:
                likely[stream, hop] = found
        if not likely:
            return {}
        windows = []
        for stream, hop in likely:
            end = HISTORY + (hop + 1) * HOP
            windows.append(self.gate.signal(stream)[end - WINDOW : end])
        fits = fit(np.stack(windows), list(likely.values()), self._limits, [echo[stream] for stream, _ in likely])
        return {where: one for where, one in zip(likely, fits, strict=True) if one is not None}


@dataclass
class _Lasting:
    """The digit that is on: what was told of it, and how its tones are followed."""

    told: Digit
    kernels: Floats  # SHORT x 4: cosine and sine of both tones at the frequencies measured
    floor: tuple[float, float]  # amplitude below which the low and the high tone count as away
    seen: float  # sample up to which both tones were there


class _Follower:
    """One stream's digit, from its beginning to its end."""

    def __init__(self, patience: int) -> None:
        """`patience`: hops that a doubtful digit must last longer than a sure one."""
        self.position = 0  # samples heard
        self.lasting: _Lasting | None = None
        self._floor = 0.0  # a digit cannot begin before the last one ended
        self._patience = patience
        self._doubt = ((-1, -1), -1, 0)  # the key of a doubtful digit, the hop it was last there, hops it has lasted

    def wants(self, hop: int) -> bool:
        """Whether a digit could begin at a hop of the block to come: none lasts, or it may be over by then."""
        return self.lasting is None or self._middle(hop) - self.lasting.seen >= _AWAY

    def hear(self, signal: npt.NDArray[np.float32], begins: dict[int, Fit]) -> list[Digit]:
        """Goes through the newest block of `signal` (HISTORY samples of the past before it), hop by hop.

        `begins`: the digits that fill a window ending with a hop.
        """
        facts: list[Digit] = []
        for hop in range(HOPS):
            if self.lasting is not None:
                self._follow(signal, hop, facts)
            elif hop in begins and (begins[hop].sure or self._lasts(hop, begins[hop])):
                facts.append(self._begin(signal, hop, begins[hop]))
        self.position += BLOCK
        return facts

    def _lasts(self, hop: int, found: Fit) -> bool:
        """Whether a doubtful digit has been there long enough, hop after hop."""
        (key, last, hops), at = self._doubt, self.position + hop * HOP
        again = key == (found.row, found.column) and last == at - HOP
        self._doubt = ((found.row, found.column), at, hops + 1 if again else 0)
        return self._doubt[2] >= self._patience

    def _middle(self, hop: int) -> int:
        """The middle of the short window that ends with a hop."""
        return self.position + (hop + 1) * HOP - SHORT // 2

    def _begin(self, signal: npt.NDArray[np.float32], hop: int, found: Fit) -> Digit:
        """The digit that fills the window ending with a hop, now on."""
        low, high = found.amplitudes
        follow = kernels(np.array(found.frequencies), SHORT)
        floor = (0.5 * low, 0.5 * high)
        # the start: go back in quarter windows until the tones are not there
        until = HISTORY + (hop + 1) * HOP
        edge = until - WINDOW + SHORT // 2
        while edge - SHORT // 2 > 20 and _present(signal[edge - SHORT // 2 : edge + SHORT // 2], follow, floor) > 1.0:
            edge -= 20
        offset = self.position - HISTORY
        start = max(float(edge + 10 + offset), self._floor, 0.0)
        level = 10 * math.log10((low * low + high * high) / 2 / levels.amplitude(0.0) ** 2)
        told = Digit(DTMF_KEYS[4 * found.row + found.column], round(start), None, level, 20 * math.log10(high / low))
        self.lasting = _Lasting(told, follow, floor, float(until + offset))
        return told

    def _follow(self, signal: npt.NDArray[np.float32], hop: int, facts: list[Digit]) -> None:
        """Follows the digit that is on over a hop; told with its end if it is over."""
        lasting = self.lasting
        assert lasting is not None
        until = HISTORY + (hop + 1) * HOP
        if _present(signal[until - SHORT : until], lasting.kernels, lasting.floor) > 1.0:
            lasting.seen = float(self._middle(hop))
        elif self.wants(hop):
            self.lasting = None
            end = round(lasting.seen + HOP / 2)
            self._floor = float(end)
            facts.append(replace(lasting.told, end=max(end, lasting.told.start + 1)))


def _present(window: npt.NDArray[np.float32], follow: Floats, floor: tuple[float, float]) -> float:
    """How far the weaker of two followed tones is above its floor in a short window; 1 = just there."""
    low_cosine, high_cosine, low_sine, high_sine = (float(v) for v in window @ follow)
    return min(math.hypot(low_cosine, low_sine) / floor[0], math.hypot(high_cosine, high_sine) / floor[1])
