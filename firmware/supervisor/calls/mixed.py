"""Ports mixed by the box: each hears all the others and not itself (mix-minus).

All inside one beat: a tap on each port has its block before anything is played, so a mix costs a HAT's ports no delay
beyond that of playing at all. What is played to a port is a Source at the end of its queue: it comes after what the box
is just saying there. Keys of a port that gives them as facts alone are made to sound for the others.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Sequence
from typing import Final

import numpy as np

from drivers.ports.port import QUIET, Port, Samples
from drivers.signals import tones
from drivers.signals.mixing import mix_minus
from firmware.hat.protocol import BLOCK

KEY_MS: Final = 100
PAUSE_MS: Final = 70


class Mixed:
    """Mixes from now until ``close``. ``untouched``: as it came, with the echo, for what is no ear (a fax machine)."""

    def __init__(self, ports: Sequence[Port], *, untouched: bool = False) -> None:
        self._ports = tuple(ports)
        self._untouched = untouched
        self._said = [QUIET] * len(self._ports)
        self._said_at = [-1] * len(self._ports)
        self._keys: list[deque[Samples]] = [deque() for _ in self._ports]
        self._mix = np.zeros((len(self._ports), BLOCK), np.int16)
        self._mixed_at = -1
        self._taps = [port.tap(functools.partial(self._heard, at)) for at, port in enumerate(self._ports)]
        self._playing = [port.play(_Ear(self, at)) for at, port in enumerate(self._ports)]

    def close(self) -> None:
        """Everybody is alone again; what is played fades within 5 ms. Twice is no error."""
        for tap in self._taps:
            tap.close()
        for playing in self._playing:
            playing.stop()

    def press(self, port: Port, key: str) -> None:
        """The others hear a key of ``port``; a hook flash makes no sound."""
        if key in tones.DTMF_KEYS:
            sound = tones.dtmf(key, KEY_MS, PAUSE_MS).read((KEY_MS + PAUSE_MS) * 8)
            self._keys[self._ports.index(port)].extend(np.pad(sound, (0, -sound.size % BLOCK)).reshape(-1, BLOCK))

    def for_port(self, at: int) -> Samples:
        """What the ``at``-th port hears in this beat."""
        now = self._ports[0].now
        if self._mixed_at != now:
            self._mixed_at = now
            self._mix = mix_minus(np.stack([self._block(each, now) for each in range(len(self._ports))]))
        block: Samples = self._mix[at]
        return block

    def _heard(self, at: int, raw: Samples, heard: Samples) -> None:
        self._said[at] = raw if self._untouched else heard
        self._said_at[at] = self._ports[at].now

    def _block(self, at: int, now: int) -> Samples:
        """What the ``at``-th port says in this beat; a block that has not come is silence."""
        if self._keys[at]:
            return self._keys[at].popleft()
        return self._said[at] if self._said_at[at] == now else QUIET


class _Ear:
    """The Source of one port."""

    done = False

    def __init__(self, mixed: Mixed, at: int) -> None:
        self._mixed = mixed
        self._at = at

    def read(self, count: int) -> Samples:
        """The last ``count`` samples of this beat: what is before them in the block was played from something else."""
        return self._mixed.for_port(self._at)[BLOCK - count :]
