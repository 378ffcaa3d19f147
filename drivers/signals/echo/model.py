"""A model of the line's hybrid: its impulse response by weighted least squares, the first stage of the echo canceller.

The echo of one leg is our own voice through one fixed filter of some 16 ms (ITU-T G.168, Annex D), plus what the caller
says, noise and companding. The best estimate of that filter from all that was heard is the least-squares one in which
each stretch of sound counts as the inverse of what was then unexplained: a caller who talks over our prompt makes his
own stretch count next to nothing, and the filter stands still without any detector of double talk. After some 0.3 s of
speech the model is where gradient methods (speexdsp, NLMS) come in seconds; what stays then is the quantising noise of
G.711, which nothing linear takes out (docs/benchmarks.md, Echo).

How: sound is gathered in groups of 20 ms blocks. A group's normal equations are exact: the first row of its
autocorrelation is summed block by block, the other rows follow from it by what entered and left at the group's ends
(displacement structure). Groups are added up, weighted, with slow forgetting; one solution of `REACH` equations closes
a group, and where nothing but noise is left the model rests for a while. A group that is not explained by the sum but
explains itself means a new path: that filter is tried on the next blocks beside the old one, and takes its place only
if it leaves clearly less there.

Life: one model a leg, one thread. `process` each block of 160 samples; `reset` for another line. Cost is bounded: every
block one filter, while it learns three; the end of a group is spread over two blocks, some 0.2 ms each here
(on one BLAS thread, `drivers/signals/blas.py`).
Memory is fixed, about 0.7 MB. On any input the filter's gain is bounded by `_MOST_GAIN`: a filter above it is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided, sliding_window_view

Wide = npt.NDArray[np.float32]
_Exact = npt.NDArray[np.float64]

BLOCK: Final = 160
REACH: Final = 144
"""Taps, 18 ms: the longest hybrid of G.168 (124 taps) and the delay of the line chips' filters."""

_BAND: Final = slice(round(300 / 8000 * (2 * REACH - 1)), round(3400 / 8000 * (2 * REACH - 1)) + 1)


class HybridModel:
    """What the hybrid does to our voice, learned while we speak. Sound is float32 in units of int16."""

    _SPOKEN: Final = BLOCK * 20.0**2  # energy of a reference block that teaches: about -60 dBm0
    _COMPANDING: Final = 2e-4  # quantising noise of G.711, a share of the signal's energy
    _HISS: Final = BLOCK * 30.0  # energy of a block of the best line's noise, about -65 dBm0

    _PRIOR_GAIN: Final = 0.25  # what is expected of a hybrid before anything was heard: 6 dB return loss, ...
    _PRIOR_DECAY_DB: Final = 0.6 / 8  # ... and each tap this much weaker than the one before
    _RIDGE: Final = 1e-5  # of the sum's diagonal: keeps the unheard part of the band at rest
    _MOST_GAIN: Final = 4.0  # sum of squared taps: no hybrid amplifies by 6 dB

    _EARLY: Final = 3  # spoken blocks of the first group
    _GROWTH: Final = 0.15  # share of what was heard before that the next group is longer, ...
    _FULL: Final = 25  # ... up to so many spoken blocks
    _KNOWN: Final = 1000.0  # a bin's sum so far (30 dB) above what was expected: it is known
    _COVERED: Final = 0.6  # share of the band's bins that make a known line, ...
    _LONG: Final = 100  # ... or so many spoken blocks: while the caller talks on, bins stay unknown
    _LONGEST: Final = 100  # blocks, spoken or not, after which an unfinished group is given up
    _KEEP: Final = 0.98  # what remains of the old sum for each full group added

    _NOTHING_LEFT: Final = 2.0  # a group that leaves less than this times the noise is followed by a rest ...
    _REST: Final = 100  # ... of so many blocks, ...
    _WAKES: Final = 6.0  # ... which a block that leaves more than this times the noise ends
    _LITTLE: Final = 0.005  # a poor group of whose energy the new filter explains less told nothing
    _PATIENCE: Final = 2  # so many of them in a row are followed by a rest of `_FULL` blocks, whatever comes

    _POOR: Final = 0.1  # a group with more left than this share: a new path, or somebody else speaks
    _SLIGHT: Final = 0.05  # of the sum: a poor group that weighs less is not worth adding
    _HINT: Final = (
        0.015  # share of a slight group's energy that its best single tap takes out, or no new filter is sought
    )
    _EXPLAINS: Final = 0.15  # share of a poor group's energy that a new filter must take out to be tried ...
    _BETTER: Final = 0.65  # ... and what it may leave in its trial of what the old one leaves
    _TRIAL: Final = 10  # spoken blocks of the trial

    def __init__(self) -> None:
        self._group: _Group | None = None
        self._due: _Due | None = None
        self._tried: _Candidate | None = None
        self._rest = self._size = self._heard = self._told_nothing = 0
        self._known = False
        expected = 10.0 ** (-np.arange(REACH) * self._PRIOR_DECAY_DB / 10.0)
        self._doubt: _Exact = expected.sum() / (self._PRIOR_GAIN * expected)
        # one buffer written twice along its diagonals: the upper triangle, then the lower over what spilled into it
        buffer = np.zeros(2 * REACH * REACH)
        step = buffer.itemsize
        self._upper = as_strided(buffer, (REACH, REACH), ((REACH + 1) * step, step))
        self._lower = as_strided(buffer, (REACH, REACH), ((REACH + 1) * step, REACH * step))
        self._matrix: _Exact = buffer[: REACH * REACH].reshape(REACH, REACH)
        self.reset()

    def reset(self) -> None:
        """Forget the line."""
        self._window: Wide = np.zeros(REACH - 1 + BLOCK, np.float32)
        self._adopt(np.zeros(REACH), _Sum(np.zeros((REACH, REACH)), np.zeros(REACH), np.zeros(REACH)))
        self.poor_blocks = 0
        """Spoken blocks in which more than noise was left, since a group last ended with an echo loss of 10 dB."""
        self.proven = False
        """Whether one ever did."""

    @property
    def taps(self) -> _Exact:
        """The impulse response as it is believed now, `REACH` taps."""
        return self._taps.copy()

    def process(self, near: Wide, reference: Wide) -> Wide:
        """What the line gave back without what the model says is ours; learns from it."""
        if self._due is not None:
            due, self._due = self._due, None
            self._learn(due)
        window = self._window
        window[:-BLOCK] = window[BLOCK:]
        window[-BLOCK:] = reference
        left: Wide = near - np.correlate(window, self._kernel)
        played_energy = float(reference @ reference)
        near_energy, left_energy = float(near @ near), float(left @ left)
        spoken = played_energy > self._SPOKEN
        noise = self._COMPANDING * near_energy + self._HISS
        if self._tried is not None:
            self._try(self._tried, near, left_energy, spoken)
        if self._group is None:
            self._rest -= 1
            if not spoken or (
                self._rest > 0 and (self._told_nothing >= self._PATIENCE or left_energy < self._WAKES * noise)
            ):
                return left
            if self._rest > 0 and not self._known:
                self._heard, self._size = 0, self._EARLY  # speech, after a tone that taught a few bins
            self._rest = 0
            self._group = _Group(window[: REACH - 1].copy())
        poor = left_energy > max(self._POOR * near_energy, self._WAKES * noise)
        if poor and self._known and not self._group.poor:
            # here the path changed, or the caller began: what came before stays clean of it
            before = window[: REACH - 1].copy()
            if self._group.spoken >= self._EARLY:
                self._gather(self._group, before)
            self._group = _Group(before)
        group = self._group
        group.poor = group.poor or poor
        group.row += np.correlate(window, reference)
        group.across += np.correlate(window, left)
        group.blocks += 1
        group.spoken += spoken
        group.near += near_energy
        group.left += left_energy
        group.noise += noise
        group.played += played_energy
        group.unexplained += played_energy * (left_energy + noise)
        if group.spoken >= self._size:
            self._group = None
            self._gather(group, window[1 - REACH :])
        elif group.blocks >= self._LONGEST:
            self._group = None
        return left

    def _adopt(self, taps: _Exact, total: _Sum) -> None:
        """Start from this filter and what it was found from."""
        self._set(taps)
        self._sum = total
        self._group = None
        self._due = None
        self._tried = None
        self._rest = 0
        self._size = self._EARLY
        self._heard = 0
        self._known = False
        self._told_nothing = 0

    def _set(self, taps: _Exact) -> None:
        self._taps = taps
        self._kernel: Wide = taps[::-1].astype(np.float32)

    def _gather(self, group: _Group, end: Wide) -> None:
        """A full group: its normal equations, into the sum where they tell something. The next block solves it."""
        row = group.row[::-1].astype(np.float64)
        across = group.across[::-1].astype(np.float64)
        weight = BLOCK * group.played / group.unexplained
        explained = group.left <= self._POOR * group.near
        poor = not explained and group.left > self._WAKES * group.noise
        if poor:
            self.poor_blocks += group.spoken
        elif explained:
            self.poor_blocks = 0
            self.proven = True
        slight = poor and self._known and weight * row[0] < self._SLIGHT * self._sum.row[0]
        hinted = float(np.max(across * across)) > self._HINT * float(row[0]) * group.left
        promising = slight and hinted and self._tried is None
        if promising or not slight:
            self._fill(row, group.before, end)
        if not slight:
            self._sum.add(self._KEEP ** (group.spoken / self._FULL), weight, self._matrix, across, row)
        self._due = _Due(group, weight, row, across, poor, slight, promising)

    def _learn(self, due: _Due) -> None:
        """A new filter from the sum; from a group that has nothing to add to the sum, perhaps a filter of its own."""
        group = due.group
        if due.slight:
            told_nothing = True
            if due.promising:
                self._propose(due)
        else:
            change = self._solved(self._sum, self._taps)
            told_nothing = due.poor and self._explained(change, due) < self._LITTLE
            taps = self._taps + change
            if float(taps @ taps) > self._MOST_GAIN:
                self.reset()
                return
            self._sum.across -= self._sum.matrix @ change
            self._set(taps)
            self._heard += group.spoken
            self._size = min(self._FULL, self._EARLY + int(self._GROWTH * self._heard))
            self._known = self._known or self._heard >= self._LONG or self._coverage() > self._COVERED
        self._told_nothing = self._told_nothing + 1 if told_nothing else 0
        if group.left < self._NOTHING_LEFT * group.noise:
            self._rest = self._REST
        elif self._told_nothing >= self._PATIENCE and self._tried is None:
            self._rest = self._FULL

    def _fill(self, row: _Exact, before: Wide, end: Wide) -> None:
        """The group's whole autocorrelation matrix from its first row and the sound before it and at its end."""
        first = np.zeros(2 * REACH - 2)
        last = np.zeros(2 * REACH - 2)
        first[: REACH - 1] = before[::-1]
        last[: REACH - 1] = end[::-1]
        diagonals = np.empty((REACH, REACH))
        diagonals[0] = row
        np.multiply(first[: REACH - 1, None], sliding_window_view(first, REACH), out=diagonals[1:])
        diagonals[1:] -= last[: REACH - 1, None] * sliding_window_view(last, REACH)
        np.add.accumulate(diagonals, axis=0, out=diagonals)
        self._upper[...] = diagonals
        self._lower[...] = diagonals

    def _solved(self, total: _Sum, taps: _Exact) -> _Exact:
        """How the taps must change, what is expected of a hybrid taken into account."""
        matrix = total.matrix.copy()
        matrix.flat[:: REACH + 1] += self._doubt + self._RIDGE * total.matrix[0, 0]
        change: _Exact = np.linalg.solve(matrix, total.across - self._doubt * taps)
        return change

    def _explained(self, change: _Exact, due: _Due) -> float:
        """Share of the group's unexplained energy that a change of the taps would have taken out."""
        return float(change @ (2.0 * due.across - self._matrix @ change)) / (due.group.left + 1.0)

    def _propose(self, due: _Due) -> None:
        """Somebody else speaks, or the path is a new one: then this group explains itself."""
        alone = _Sum(due.weight * self._matrix, due.weight * due.across, due.weight * due.row)
        change = self._solved(alone, np.zeros(REACH))
        taps = self._taps + change
        if self._explained(change, due) > self._EXPLAINS and float(taps @ taps) < self._MOST_GAIN:
            alone.across -= alone.matrix @ change
            self._tried = _Candidate(taps, taps[::-1].astype(np.float32), alone)

    def _try(self, candidate: _Candidate, near: Wide, left_energy: float, spoken: bool) -> None:
        other = near - np.correlate(self._window, candidate.kernel)
        candidate.left += float(other @ other)
        candidate.old_left += left_energy
        candidate.spoken += spoken
        if candidate.spoken >= self._TRIAL:
            self._tried = None
            if candidate.left < self._BETTER * candidate.old_left:
                self._adopt(candidate.taps, candidate.total)

    def _coverage(self) -> float:
        """Share of the telephone band in which what was heard far outweighs what was expected."""
        row = self._sum.row
        heard = np.fft.rfft(np.concatenate((row, row[:0:-1]))).real
        return float(np.mean(heard[_BAND] > self._KNOWN * self._doubt[0]))


class _Group:
    """What is gathered of a few blocks. `row` and `across` run from the last tap to the first: np.correlate's order."""

    def __init__(self, before: Wide) -> None:
        self.before = before  # what we played before it, as much as the filter reaches
        self.row: Wide = np.zeros(REACH, np.float32)  # autocorrelation of what we played
        self.across: Wide = np.zeros(REACH, np.float32)  # its correlation with what is left
        self.blocks = self.spoken = 0
        self.poor = False  # whether any block left much
        self.near = self.left = self.noise = self.played = 0.0  # energies
        self.unexplained = 0.0  # what was left beside our own voice, a block's share by how loud that was


@dataclass
class _Due:
    """A gathered group that is to be learned from: its own equations, the matrix being the model's `_matrix`."""

    group: _Group
    weight: float
    row: _Exact
    across: _Exact
    poor: bool
    slight: bool
    promising: bool  # slight, but its best single tap says that a filter of its own may explain it


@dataclass
class _Sum:
    """Weighted normal equations: autocorrelation of what we played, its correlation with what the filter leaves."""

    matrix: _Exact
    across: _Exact
    row: _Exact  # the matrix's first row as if the sound went on for ever

    def add(self, keep: float, weight: float, matrix: _Exact, across: _Exact, row: _Exact) -> None:
        for total, new in ((self.matrix, matrix), (self.across, across), (self.row, row)):
            total *= keep
            total += weight * new


@dataclass
class _Candidate:
    """A filter on trial, and the sum it would start with."""

    taps: _Exact
    kernel: Wide
    total: _Sum
    left: float = 0.0
    old_left: float = 0.0
    spoken: int = 0
