"""What became of a call that we placed: ringing, busy, refused, answered, by a person, a machine, a fax or a modem.

An analogue line has no sure answer signal, so this listens to what there is: the country's call-progress tones, a voice
where no tone is, ringback that should have sounded again and did not, and the whistles of data machines. It is fed from
the moment the last digit has gone out until `done`; never feed it a bridged conversation, where a held note or a
melody would be taken for a signal. What it says is an estimate, and the call log says so.

A person is told from an answering machine by the first utterance: people say a word or two and wait; machines read a
text of several seconds and then beep. Bounded memory, no failure on any audio, `reset()` begins a new call.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.beep import BeepDetector
from drivers.signals.cadence_detector import ToneHeard
from drivers.signals.countries import Country
from drivers.signals.datatones import AnsweringToneDetector
from drivers.signals.levels import amplitude
from drivers.signals.progress import ProgressDetector
from drivers.signals.voice import BLOCK, VoiceDetector

Samples = npt.NDArray[np.int16]

_TONES: Final = ("ringback", "busy", "reorder", "congestion", "unobtainable", "sit")
_REFUSED: Final = frozenset({"reorder", "congestion", "unobtainable", "sit"})
_PER_SECOND: Final = 8000 // BLOCK
_VOICE_WINDOW: Final = 25  # blocks looked back on; a voice is `_VOICE_BLOCKS` of them without any tone
_VOICE_BLOCKS: Final = 14
_TONE_SHADOW: Final = 5  # blocks after a tone in which nothing counts as a voice: its end and the detector's hang-over
_LOUD: Final = BLOCK * amplitude(-42.0) ** 2 / 2.0  # energy of a block that a voice reaches
_SWELL: Final = 4.0  # and a voice swells, this far over the softest of the last `_SWELL_BLOCKS`; noise does not
_SWELL_BLOCKS: Final = 12  # fewer than `_VOICE_BLOCKS`, so that noise setting in is no voice either
_MACHINE_BLOCKS: Final = int(3.5 * _PER_SECOND)  # an utterance this long is read by a machine
_PERSON_PAUSE: Final = int(1.2 * _PER_SECOND)  # a short one followed by this much silence was a person
_BEEP_BLOCKS: Final = 60 * _PER_SECOND  # after a machine was told: no greeting is longer, and a talker is no machine
_VERDICT_BLOCKS: Final = 12 * _PER_SECOND  # after the answer, nobody having spoken: silence


@dataclass(frozen=True, slots=True)
class CallFact:
    """Something learnt about the call.

    `fact`: "ringing", "busy", "refused", "answered", then one of "person", "machine", "fax", "modem", "silence", and
    "beep" after "machine" (leave the message now). `at`: samples since the start, where it happened (not when it was
    told). `reason`: what it was told by, for the call's log.
    """

    fact: str
    at: int
    reason: str


class AnswerDetector:
    """`feed(block of 160) -> [CallFact]`; `answered_at` once answered; `done` when there is nothing more to learn."""

    def __init__(self, country: Country) -> None:
        self._progress = ProgressDetector(country, [tone for tone in _TONES if tone in country.tones])
        self._data = AnsweringToneDetector()
        self._voice = VoiceDetector()
        self._beep = BeepDetector()
        self.reset()

    def reset(self) -> None:
        """Listen to a new call."""
        for part in (self._progress, self._data, self._voice, self._beep):
            part.reset()
        self.answered_at: int | None = None
        self.done = False
        self._block = 0
        self._ringback: ToneHeard | None = None
        self._shadow = 0
        self._energies: deque[float] = deque(maxlen=_SWELL_BLOCKS)
        self._recent = 0  # one bit a block, the newest lowest: voice without tone
        self._spoken = 0  # blocks of the utterance that answered, pauses within it included
        self._quiet = 0
        self._machine_since: int | None = None  # block in which it was told

    def feed(self, block: Samples) -> list[CallFact]:
        """What this block of 160 samples adds. Nothing once `done`."""
        if self.done:
            return []
        self._block += 1
        facts: list[CallFact] = []
        for tone in self._data.feed(block):
            self._data_tone(tone, facts)
        if self.answered_at is None:
            for tone in self._progress.feed(block):
                self._progress_tone(tone, facts)
        self._listen(block, facts)
        return facts

    def _data_tone(self, tone: ToneHeard, facts: list[CallFact]) -> None:
        if tone.end is not None:
            return
        self._answered(tone.start, f"{tone.tone} tone", facts)
        facts.append(CallFact("modem" if tone.tone == "bell103" else "fax", tone.start, f"{tone.tone} tone"))
        self.done = True

    def _progress_tone(self, tone: ToneHeard, facts: list[CallFact]) -> None:
        if tone.tone == "ringback":
            if tone.end is None:
                if self._ringback is None:
                    facts.append(CallFact("ringing", tone.start, "ringback tone"))
                self._ringback = tone
            else:
                self._answered(tone.end, "ringback stopped", facts)
        elif tone.end is None:
            fact = "refused" if tone.tone in _REFUSED else "busy"
            facts.append(CallFact(fact, tone.start, f"{tone.tone} tone"))
            self.done = True

    def _listen(self, block: Samples, facts: list[CallFact]) -> None:
        wide = block.astype(np.float32)
        energy = float(wide @ wide)
        self._energies.append(energy)
        voice = self._voice.feed(block) and energy > _LOUD and energy > _SWELL * min(self._energies)
        sounding = self._data.sounding or (self.answered_at is None and self._progress.sounding)
        self._shadow = _TONE_SHADOW if sounding else max(0, self._shadow - 1)
        voice = voice and self._shadow == 0
        self._recent = (self._recent << 1 | voice) & ((1 << _VOICE_WINDOW) - 1)
        if self.answered_at is None:
            if self._recent.bit_count() >= _VOICE_BLOCKS:
                first = self._recent.bit_length()
                self._answered((self._block - first) * BLOCK, "voice", facts)
                self._spoken = first
            return
        if self._machine_since is not None:
            beep = self._beep.feed(block)
            if beep is not None:
                facts.append(CallFact("beep", self._block * BLOCK, f"{beep:.0f} Hz"))
            self.done = beep is not None or self._block - self._machine_since >= _BEEP_BLOCKS
            return
        self._judge(voice, facts)

    def _answered(self, at: int, reason: str, facts: list[CallFact]) -> None:
        if self.answered_at is None:
            self.answered_at = max(0, at)
            self._quiet = 0
            facts.append(CallFact("answered", self.answered_at, reason))

    def _judge(self, voice: bool, facts: list[CallFact]) -> None:
        """Person or machine, from the first utterance after the answer."""
        if voice:
            self._quiet = 0
        else:
            self._quiet += 1
        if self._spoken or self._recent.bit_count() >= _VOICE_BLOCKS:
            self._spoken += 1
        here = self._block * BLOCK
        if self._spoken - self._quiet >= _MACHINE_BLOCKS:
            seconds = (self._spoken - self._quiet) / _PER_SECOND
            facts.append(CallFact("machine", here, f"spoke {seconds:.1f} s without waiting"))
            self._machine_since = self._block
        elif self._spoken and self._quiet >= _PERSON_PAUSE:
            seconds = max(0.0, (self._spoken - self._quiet) / _PER_SECOND)
            facts.append(CallFact("person", here, f"spoke {seconds:.1f} s and waited"))
            self.done = True
        elif not self._spoken and self._quiet >= _VERDICT_BLOCKS:
            facts.append(CallFact("silence", here, "nobody spoke"))
            self.done = True
