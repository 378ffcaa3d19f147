"""Recording what a caller says: a tap on the leg that measures the speech and writes it at a listener's level.

Silence is held back until a voice follows it, so that a message ends half a second after its last word. A key that is
pressed meanwhile is not heard in it (`KeyMuting`), and what may hold a key nobody knows of yet is not written.
"""

from __future__ import annotations

import bisect
from collections import deque
from itertools import islice

import numpy as np
import numpy.typing as npt

from drivers.signals import g711
from drivers.signals.agc import AutomaticGain
from drivers.signals.muting import LOOK_BACK
from drivers.signals.voice import QuietVoice
from firmware.hat.protocol import BLOCK, RATE
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.recordings.recorder import Recording

Samples = npt.NDArray[np.int16]
BLOCK_S = BLOCK / RATE

TAIL_BLOCKS = 25  # half a second of silence kept after a word
DISK_TICKS = 25  # half a second: how far the file may be behind the sample clock


class Taking:
    """One message being recorded. ``stop`` takes the tap off and writes what belongs to the message."""

    def __init__(self, leg: Leg, recording: Recording, law: g711.Law) -> None:
        self._leg = leg
        self._recording = recording
        self._law = law
        self._voice = QuietVoice()
        self._muting = leg.port.muting()
        self._gain = AutomaticGain()
        self._held: deque[Samples] = deque()
        self._written: list[npt.NDArray[np.uint8]] = []
        self._blocks = 0
        self._begun = leg.now
        self._voiced: list[int] = []  # the blocks in which somebody spoke
        self._last_voice = 0
        self._listening = leg.port.tap(self._tap)

    @property
    def seconds(self) -> float:
        """Since the tone."""
        return self._blocks * BLOCK_S

    @property
    def silence(self) -> float:
        """Seconds since the last voice."""
        return (self._blocks - self._last_voice) * BLOCK_S

    @property
    def speech(self) -> float:
        """Seconds of voice so far."""
        return len(self._voiced) * BLOCK_S

    def speech_until(self, at: int) -> float:
        """Seconds of voice up to a moment of the sample clock."""
        return bisect.bisect_right(self._voiced, (at - self._begun) // BLOCK) * BLOCK_S

    def samples_until(self, at: int) -> int:
        """Samples of the message up to a moment of the sample clock."""
        return max(0, at - self._begun)

    def stop(self, *, key: bool) -> None:
        """Ends the recording; ``key``: a digit ended it, whose tone is in the last blocks."""
        self._listening.close()
        if key:
            self._muting.drop()
        else:
            self._hold(self._muting.flush())
        for block in islice(self._held, TAIL_BLOCKS + LOOK_BACK // BLOCK):
            self._write(block)
        self._held.clear()

    def audio(self) -> Samples:
        """The whole message, to be played back."""
        return g711.decode(np.concatenate(self._written), self._law) if self._written else np.zeros(0, np.int16)

    def _tap(self, raw: Samples, heard: Samples) -> None:
        self._blocks += 1
        voice = self._voice.feed(heard, self._leg.port.played)
        if voice:
            self._voiced.append(self._blocks)
            self._last_voice = self._blocks
        self._hold(self._muting.feed(heard, self._leg.port.digits))
        if self._blocks - self._last_voice <= TAIL_BLOCKS:
            while self._held:
                self._write(self._held.popleft())
        self._leg.wake()

    def _hold(self, samples: Samples) -> None:
        self._held.extend(samples[at : at + BLOCK] for at in range(0, samples.size, BLOCK))

    def _write(self, block: Samples) -> None:
        codes = g711.encode(self._gain.feed(block), self._law)
        self._written.append(codes)
        writing = self._recording.write(codes)
        if writing is not None:
            self._leg.port.bank.loop.keep_pace(writing, DISK_TICKS)
