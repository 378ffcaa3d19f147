"""What the line driver hears in a file: `python -m tools.hear FILE.wav [--json] [--plot FILE.png] [--country CC]`.

The very detectors of the line driver run over the file: DTMF, caller ID, call-progress tones, and fax and modem tones
("cng", "ced", "bell103"). A file has no ring and no country. Without `--country` every caller-ID scheme listens over
the whole file, and call progress is DEFAULT_COUNTRY's: the tones of all countries at once would contradict each other
(one country's busy is the next one's dial tone). With it, the country's own schemes and tones are heard.

`digits` holds every digit, also those that were read as DTMF caller ID. Times are in seconds from the file's start,
levels in dBm0 per tone (0 dBm0: a sine 3.14 dB below full scale). What was still sounding when the file ends, ends
with it. Exit 0; 2 where the input is wrong, with one line on standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.signals.callerid import SCHEMES, CallerIdReceiver
from drivers.signals.countries import Country, country
from drivers.signals.datatones import DataToneDetector
from drivers.signals.dtmf import DtmfReceiver
from drivers.signals.progress import ProgressDetector
from tools import hear_plot, hear_wav
from tools.hear_wav import RATE, WavError

Samples = npt.NDArray[np.int16]

DEFAULT_COUNTRY: Final = "CA"  # the box's own default
_PIECE: Final = 20 * RATE  # samples heard at a time
_AFTER: Final = 12 * RATE  # silence after the file: longer than any cadence's pause, so that everything ends


@dataclass(frozen=True)
class Report:
    """What was heard, as the command's JSON has it."""

    digits: list[dict[str, Any]]
    caller_ids: list[dict[str, Any]]
    tones: list[dict[str, Any]]


def hear(samples: Samples, row: Country | None = None) -> Report:
    """What the driver hears in 8 kHz audio; `row`: the country it is from, None where that is not known."""
    detector = DtmfReceiver()
    receiver = CallerIdReceiver(row.caller_id.schemes if row is not None else SCHEMES)
    listeners = [ProgressDetector(row or country(DEFAULT_COUNTRY)), DataToneDetector()]
    digits, callers, tones = [], [], []
    padded = np.concatenate([samples, np.zeros(_AFTER, np.int16)])
    for start in range(0, padded.size, _PIECE):
        piece = padded[start : start + _PIECE]
        digits += [digit for digit in detector.feed(piece) if digit.end is not None]
        callers += receiver.feed(piece)
        tones += [tone for listener in listeners for tone in listener.feed(piece) if tone.end is not None]

    def second(sample: int | None) -> float | None:
        return None if sample is None else round(min(sample, samples.size) / RATE, 4)

    return Report(
        [
            {"digit": one.digit, "start": second(one.start), "end": second(one.end), "level": round(one.level, 1)}
            for one in sorted(digits, key=lambda one: one.start)
        ],
        [
            {
                "scheme": one.scheme,
                "number": one.number,
                "name": one.name,
                "date": one.date,
                "reason": one.reason,
                "start": second(one.start),
            }
            for one in sorted(callers, key=lambda one: one.start)
        ],
        [
            {"tone": one.tone, "start": second(one.start), "end": second(one.end)}
            for one in sorted(tones, key=lambda one: one.start)
        ],
    )


def words(report: Report) -> list[str]:
    """The report for people, one line a fact, in the order of time."""
    lines = [(one["start"], f"digit {one['digit']}   {one['level']:.1f} dBm0", one["end"]) for one in report.digits]
    lines += [(one["start"], f"{one['tone']} tone", one["end"]) for one in report.tones]
    for one in report.caller_ids:
        said = [one["number"] or f"no number ({one['reason'] or 'no reason'})", one["name"], one["date"]]
        lines.append((one["start"], f"caller ID ({one['scheme']}): " + ", ".join(part for part in said if part), None))
    told = []
    for start, what, end in sorted(lines, key=lambda line: line[0]):
        told.append(f"{start:9.3f} s  {f'to {end:9.3f} s' if end is not None else '':14}  {what}")
    return told or ["nothing was heard"]


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
            hear_plot.draw(sound.samples, report.digits, report.caller_ids, report.tones, options.file.name).save(
                options.plot, "PNG"
            )
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
