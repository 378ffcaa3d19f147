"""What became of a call that we placed: ringing, busy, refused, answered, by a person, a machine, a fax or a modem.

An analogue line has no sure answer signal, so this listens to what there is: the country's call-progress tones, a voice
where no tone is, ringback that should have sounded again and did not, and the whistles of data machines. It is fed from
the moment the last digit has gone out until `done`; never feed it a bridged conversation, where a held note or a
melody would be taken for a signal. What it says is an estimate, and the call log says so.

Who answered is told by whose turn it is to speak (`turns`), and by a beep. Bounded memory, no failure on any audio,
`reset()` begins a new call.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.beep import BeepDetector
from drivers.signals.cadence_detector import ToneHeard
from drivers.signals.countries import Country
from drivers.signals.datatones import AnsweringToneDetector
from drivers.signals.levels import amplitude
from drivers.signals.linetones import LineTones
from drivers.signals.turns import Guess, Turns
from drivers.signals.voice import BLOCK, VoiceDetector

Samples = npt.NDArray[np.int16]

TONES: Final = ("ringback", "busy", "reorder", "congestion", "unobtainable", "sit")
_REFUSED: Final = frozenset({"reorder", "congestion", "unobtainable", "sit"})
_PER_SECOND: Final = 8000 // BLOCK
_VOICE_WINDOW: Final = 25  # blocks looked back on; a voice is `_VOICE_BLOCKS` of them without any tone
_VOICE_BLOCKS: Final = 14
_TONE_SHADOW: Final = 5  # blocks after a tone in which nothing counts as a voice: its end and the detector's hang-over
_LOUD: Final = BLOCK * amplitude(-42.0) ** 2 / 2.0  # energy of a block that a voice reaches
_SWELL: Final = 4.0  # and a voice swells, this far over the softest of the last `_SWELL_BLOCKS`; noise does not
_SWELL_BLOCKS: Final = 12  # fewer than `_VOICE_BLOCKS`, so that noise setting in is no voice either
_WINDOW: Final = np.hanning(2 * BLOCK).astype(np.float32)
_ECHO: Final = 0.3  # what comes back from the line below this share of what went out is its echo, 5 dB down
_ECHO_BLOCKS: Final = 8
_PURE: Final = 0.97  # share of the power within 80 Hz of the strongest line that makes a tone
_BEEP_BLOCKS: Final = 60 * _PER_SECOND  # after a machine was told: no greeting is longer, and a talker is no machine
_BEEP_SOON: Final = 3 * _PER_SECOND  # after a greeting short enough for a person's: a voicemail beeps at once
_VERDICT_BLOCKS: Final = 12 * _PER_SECOND  # after the answer, nobody having spoken: silence


@dataclass(frozen=True, slots=True)
class CallFact:
    """Something learnt about the call.

    `fact`: "ringing", "busy", "refused", "announcement" (after "refused"), "answered", then what answered as far as it
    is known, the last being the best: "person", "machine", "beep" (leave the message now), "unattended" (nobody answers
    what is said: a machine), "screener", "connected" (the screener has put a person on), "fax", "modem", "silence".
    `at`: samples since the start, where it happened (of a person: when there was one; not when it was
    told). `reason`: what it was told by, a word of the call's log; `measured`: its number, of
    seconds or hertz, if it has one.
    """

    fact: str
    at: int
    reason: str
    measured: str = ""


class AnswerDetector:
    """`feed(block of 160) -> [CallFact]`; `answered_at` once answered; `done` when there is nothing more to learn."""

    def __init__(self, country: Country) -> None:
        self._progress = LineTones(country, [tone for tone in TONES if tone in country.tones])
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
        self._before = np.zeros(BLOCK, np.float32)
        self._energies: deque[float] = deque(maxlen=_VOICE_WINDOW)
        self._recent = 0  # one bit a block, the newest lowest: voice without tone
        self._ours = VoiceDetector()
        self._said: deque[float] = deque(maxlen=_ECHO_BLOCKS)  # energy of what our side said
        self._turns = Turns()
        self._turns_from = 0  # block before the first that was fed to them
        self._guesses: list[Guess] = []  # made before it was known that the call is answered
        self._beeped = False
        self._machine_since: int | None = None  # block in which it was told

    def feed(self, block: Samples, ours: Samples | None = None) -> list[CallFact]:
        """What this block of 160 samples adds; nothing once `done`. `ours`: what our side said meanwhile."""
        if self.done:
            return []
        self._block += 1
        facts: list[CallFact] = []
        for tone in self._data.feed(block):
            self._data_tone(tone, facts)
        if self.answered_at is None:
            for tone in self._progress.feed(block):
                self._progress_tone(tone, facts)
        self._listen(block, ours, facts)
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
            if tone.tone == "sit":
                facts.append(CallFact("announcement", tone.start, "sit tone"))
            self.done = True

    def _listen(self, block: Samples, ours: Samples | None, facts: list[CallFact]) -> None:
        wide = block.astype(np.float32)
        energy = float(wide @ wide)
        self._energies.append(energy)
        voice = self._voice.feed(block, ours) and energy > _LOUD and energy > _SWELL * min(self._energies)
        swells = energy > _SWELL * min(islice(self._energies, max(0, len(self._energies) - _SWELL_BLOCKS), None))
        sounding = self._data.sounding or (self.answered_at is None and self._progress.sounding)
        self._shadow = _TONE_SHADOW if sounding else max(0, self._shadow - 1)
        voice = voice and self._shadow == 0 and not self._is_tone(wide)
        if ours is not None:
            said = ours.astype(np.float32)
            self._said.append(float(said @ said))
            voice = voice and energy > _ECHO * max(self._said)
        guess = self._turns.feed(voice, ours is not None and self._ours.feed(ours))
        if guess is not None:
            self._guesses.append(guess)
        if self.answered_at is None:
            if sounding:  # what was said is of no account: the call still rings
                self._turns, self._turns_from, self._guesses = Turns(), self._block, []
            self._recent = (self._recent << 1 | (voice and swells)) & ((1 << _VOICE_WINDOW) - 1)
            if self._recent.bit_count() < _VOICE_BLOCKS:
                return
            self._answered((self._block - self._recent.bit_length()) * BLOCK, "voice", facts)
        self._beeps(block, facts)
        for known in self._guesses:
            self._guessed(known, facts)
        self._guesses = []
        if self._turns.first is None and self._turns.quiet >= _VERDICT_BLOCKS and not self._turns.speaking:
            facts.append(CallFact("silence", self._block * BLOCK, "nobody spoke"))
            self.done = True
        self.done = self.done or self._turns.done

    def _answered(self, at: int, reason: str, facts: list[CallFact]) -> None:
        if self.answered_at is None:
            self.answered_at = max(0, at)
            facts.append(CallFact("answered", self.answered_at, reason))

    def _is_tone(self, wide: npt.NDArray[np.float32]) -> bool:
        """Whether the last two blocks hold one tone or two close together, as ringback is, and no voice."""
        window = np.concatenate((self._before, wide)) * _WINDOW
        self._before = wide
        power = np.abs(np.fft.rfft(window, 512)) ** 2
        top = int(power.argmax())
        return float(power[max(0, top - 5) : top + 6].sum()) > _PURE * float(power.sum())

    def _beeps(self, block: Samples, facts: list[CallFact]) -> None:
        """A beep, where one may come: soon after a short greeting, within a minute after a long one began."""
        if self._beeped or not self._turns.greeting or (self._turns.first is None and not self._turns.speaking):
            return
        if self._machine_since is not None:
            awaited = self._block - self._machine_since < _BEEP_BLOCKS
        else:
            awaited = self._turns.quiet < _BEEP_SOON
        hz = self._beep.feed(block) if awaited else None
        if hz is not None:
            self._beeped = True
            self._turns.who = "machine"
            facts.append(CallFact("beep", self._block * BLOCK, "beep", f"{hz:.0f}"))

    def _guessed(self, guess: Guess, facts: list[CallFact]) -> None:
        at = (self._turns_from + guess.block) * BLOCK
        reasons = {
            "person": "spoke and waited" if guess.seconds else "answered what was said",
            "machine": "spoke without waiting",
            "unattended": "did not answer",
            "screener": "holds the line",
            "connected": "somebody after a screener",
        }
        if guess.who == "person" and guess.seconds and self._beeped:
            self._turns.who = "machine"  # the beep came before the greeting's end was sure
            return
        if guess.who == "machine":
            self._machine_since = self._block
        if guess.who == "person":
            at = max(at, self.answered_at or 0)
        measured = f"{guess.seconds:.1f}" if guess.seconds and guess.who in ("person", "machine", "unattended") else ""
        facts.append(CallFact(guess.who, at, reasons[guess.who], measured))
