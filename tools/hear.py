"""What the line driver hears in a file: `python -m tools.hear FILE.wav [--json] [--plot FILE.png] [--country CC]`.

The very detectors of the line driver run over the file: DTMF, caller ID, call-progress tones, fax and modem tones
("cng", "ced", "bell103"), the alerting signal before caller ID that comes without a ring ("cas"), and voices. A file
has no ring and no country. Without `--country` every caller-ID scheme listens over the whole file, and call progress is
DEFAULT_COUNTRY's: the tones of all countries at once would contradict each other (one country's busy is the next one's
dial tone). With it, the country's own schemes and tones are heard.

`digits` holds every digit, also those that were read as DTMF caller ID; `caller_ids` what each message said, None for
what it did not, and `odd` where something of it could not be read; `voices` the utterances, each ended by VOICE_PAUSE
of silence: what was heard as a signal is none, music passes for one. Times are in seconds from the file's start, levels
in dBm0 per tone (0 dBm0: a sine 3.14 dB below full scale), `twist` in dB, the high tone over the low. What was still
sounding when the file ends, ends with it. Exit 0; 2 where the input is wrong, with one line on standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.signals import blas
from drivers.signals.callerid.messages import SCHEMES, Message
from drivers.signals.callerid.receiver import CallerIdReceiver
from drivers.signals.cas import CasDetector
from drivers.signals.countries import Country, country
from drivers.signals.datatones import AnsweringToneDetector, CallingToneDetector
from drivers.signals.dtmf.receiver import DtmfReceiver
from drivers.signals.linetones import LineTones
from drivers.signals.voice import BLOCK, EndOfSpeech, QuietVoice
from tools import hear_plot, hear_wav
from tools.hear_wav import RATE, WavError

Samples = npt.NDArray[np.int16]
Fact = dict[str, Any]

DEFAULT_COUNTRY: Final = "CA"  # the box's own default
VOICE_PAUSE: Final = 0.6  # seconds without a voice that end an utterance
_PIECE: Final = 20 * RATE  # samples heard at a time; whole blocks
_AFTER: Final = 12 * RATE  # silence after the file: longer than any cadence's pause, so that everything ends
_BEFORE: Final = {"bell202": 0.5, "v23": 0.5, "ntt": 0.2}  # seconds of seizure and marks before an FSK message
_NOTHING_OF_OURS: Final = np.zeros(BLOCK, np.int16)
_BESIDE: Final = 0.1  # seconds beside a signal in which no voice counts: the ends of its sound
_SAID: Final = tuple(field.name for field in fields(Message) if field.name not in ("form", "odd"))


@dataclass(frozen=True)
class Report:
    """What was heard, as the command's JSON has it; each list in the order of time."""

    digits: list[Fact]
    caller_ids: list[Fact]
    tones: list[Fact]
    voices: list[Fact]


def hear(samples: Samples, row: Country | None = None) -> Report:
    """What the driver hears in 8 kHz audio; `row`: the country it is from, None where that is not known."""
    detector = DtmfReceiver()
    receiver = CallerIdReceiver(row.caller_id.schemes if row is not None else SCHEMES)
    listeners = [LineTones(row or country(DEFAULT_COUNTRY)), AnsweringToneDetector(), CallingToneDetector()]
    alerting = CasDetector()
    digits, callers, tones = [], [], []
    padded = np.concatenate([samples, np.zeros(_AFTER - samples.size % BLOCK, np.int16)])
    for start in range(0, padded.size, _PIECE):
        piece = padded[start : start + _PIECE]
        digits += [digit for digit in detector.feed(piece) if digit.end is not None]
        callers += receiver.feed(piece)
        heard = [tone for listener in listeners for tone in listener.feed(piece)]
        tones += [(tone.tone, tone.start, tone.end) for tone in heard if tone.end is not None]
        tones += [("cas", one.start, one.end) for one in alerting.feed(piece)]

    def times(start: int, end: int) -> Fact:
        return {"start": _second(start, samples), "end": _second(end, samples)}

    report = Report(
        _sorted(
            {"digit": one.digit, **times(one.start, one.end), "level": _tenths(one.level), "twist": _tenths(one.twist)}
            for one in digits
            if one.end is not None
        ),
        _sorted(
            {"scheme": one.scheme, **{said: getattr(one, said) for said in _SAID}, **times(one.start, one.end)}
            | ({"odd": list(one.odd)} if one.odd else {})
            for one in callers
        ),
        _sorted({"tone": tone, **times(start, end)} for tone, start, end in tones),
        [],
    )
    report.voices.extend(times(start, end) for start, end in _utterances(padded, _signals(report, padded.size)))
    return report


def _signals(report: Report, size: int) -> npt.NDArray[np.bool_]:
    """In which blocks of so many samples a signal sounds."""
    found = np.zeros(size // BLOCK, np.bool_)
    for fact in (*report.digits, *report.caller_ids, *report.tones):
        first = fact["start"] - max(_BESIDE, _BEFORE.get(fact.get("scheme", ""), 0.0))
        found[max(0, int(first * RATE)) // BLOCK : int((fact["end"] + _BESIDE) * RATE) // BLOCK + 1] = True
    return found


def _tenths(decibels: float) -> float:
    return round(decibels, 1) + 0.0  # never -0.0


def _second(sample: int, samples: Samples) -> float:
    return round(min(sample, samples.size) / RATE, 4)


def _sorted(facts: Iterable[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda fact: float(fact["start"]))


def _utterances(sound: Samples, signals: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where somebody spoke, in samples; `signals`: the blocks in which a signal sounds.

    The sound is whole blocks, and ends with more than VOICE_PAUSE of silence.
    """
    voice, speech = QuietVoice(), EndOfSpeech(VOICE_PAUSE)
    found = []
    began = 0
    for at in range(0, sound.size, BLOCK):
        spoke = speech.speaking
        ended = speech.feed(voice.feed(sound[at : at + BLOCK], _NOTHING_OF_OURS) and not signals[at // BLOCK])
        if speech.speaking and not spoke:
            began = max(0, at - (EndOfSpeech.START_BLOCKS - 1) * BLOCK)
        if ended:
            found.append((began, at + BLOCK - round(speech.quiet_s * RATE)))
    return found


def words(report: Report) -> list[str]:
    """The report for people, one line a fact, in the order of time."""
    lines = [
        (one, f"digit {one['digit']}   {one['level']:.1f} dBm0, twist {one['twist']:+.1f} dB") for one in report.digits
    ]
    lines += [(one, f"{one['tone']} tone") for one in report.tones]
    lines += [(one, f"caller ID ({one['scheme']}): {', '.join(said(one))}") for one in report.caller_ids]
    lines += [(one, "voice") for one in report.voices]
    lines.sort(key=lambda line: float(line[0]["start"]))
    return [f"{one['start']:9.3f} s  to {one['end']:9.3f} s  {what}" for one, what in lines] or ["nothing was heard"]


def said(caller: Fact) -> list[str]:
    """What a caller-ID message of the report says, in words."""
    waiting, count = caller["waiting"], caller["waiting_count"]
    parts = [
        caller["number"] or (f"no number ({caller['reason']})" if caller["reason"] else None),
        caller["name"] or (f"no name ({caller['name_reason']})" if caller["name_reason"] else None),
        caller["date"],
        caller["call_type"] and f"call type {caller['call_type']}",
        caller["redirecting"] and f"forwarded by {caller['redirecting']}",
        caller["dialled"] and f"to {caller['dialled']}",
        None if waiting is None else "messages wait" if waiting else "no messages wait",
        None if count is None else f"{count} messages",
        "odd" in caller and f"odd: {'; '.join(caller['odd'])}",
    ]
    return [part for part in parts if part]


def _lanes(report: Report) -> list[tuple[str, list[hear_plot.Mark]]]:
    """The picture's rows under the waveform and the spectrogram."""
    callers = [(one, f"{', '.join(said(one)[:2])} ({one['scheme']})") for one in report.caller_ids]
    rows = [
        ("digits", [(one, one["digit"]) for one in report.digits]),
        ("caller ID", callers),
        ("tones", [(one, one["tone"]) for one in report.tones]),
        ("voices", [(one, "") for one in report.voices]),
    ]
    return [(name, [(one["start"], one["end"], word) for one, word in row]) for name, row in rows]


def main(arguments: list[str] | None = None) -> int:
    """The command. 0, or 2 where the input is wrong."""
    parser = argparse.ArgumentParser(prog="tools.hear", description="What the line driver hears in a WAV file.")
    parser.add_argument("file", type=Path, help="WAV; 16 bit, 8 kHz, one channel is native")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="waveform, spectrogram and what was heard")
    parser.add_argument(
        "--country", metavar="CC", help=f"its caller-ID schemes and tones (tones: else {DEFAULT_COUNTRY})"
    )
    options = parser.parse_args(arguments)
    blas.one_thread()
    try:
        row = country(options.country) if options.country is not None else None
        sound = hear_wav.read(options.file)
    except (KeyError, WavError) as error:
        where = "--country: " if isinstance(error, KeyError) else ""
        print(f"{where}{error.args[0]}", file=sys.stderr)
        return 2
    for note in sound.converted:
        print(f"{options.file}: {note}", file=sys.stderr)
    report = hear(sound.samples, row)
    if options.plot is not None:
        try:
            hear_plot.draw(sound.samples, _lanes(report), options.file.name).save(options.plot, "PNG")
        except OSError as error:
            print(f"--plot: {options.plot}: {error.strerror or error}: expected a file to write to", file=sys.stderr)
            return 2
    if options.json:
        print(json.dumps(vars(report), ensure_ascii=False))
    else:
        print("\n".join(words(report)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
