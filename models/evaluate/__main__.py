"""``python -m models.evaluate --manifest FILE.csv [--json] [--vocabulary NAME] [--line NAME] [--names FILE]
[--language en|fr]``: how the shipped models do. Exit 0, or 2 where the input is wrong."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from models.evaluate import contacts
from models.evaluate.contacts import Namer
from models.evaluate.judge import Evaluation, own_prompt
from models.evaluate.manifest import ManifestError, read
from models.evaluate.words import competing
from models.files import ModelError
from models.lines import LINES
from models.names.decoder import Decoder
from models.spotter import Spotter
from models.vocabulary import LANGUAGES, vocabulary


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m models.evaluate", description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True, help="CSV with path,label,speaker,kind")
    parser.add_argument("--json", action="store_true", help="the whole result, answer by answer")
    parser.add_argument("--vocabulary", default="all", help="all, digits, a menu's name, or words with commas between")
    parser.add_argument("--line", default="clean", choices=["clean", *LINES], help="the line the clips pass first")
    parser.add_argument("--names", type=Path, help="contacts, one a line: name, or name|sounds like")
    parser.add_argument("--language", default="en", choices=LANGUAGES)
    parser.add_argument("--halves", default="google,moonshine", help="which encoders take part")
    asked = parser.parse_args()
    try:
        words = competing(asked.vocabulary, vocabulary(asked.language))
        recordings = read(asked.manifest)
        spotter = Spotter(asked.language, asked.halves.split(","))
        for fault in spotter.faults:
            print(f"models.evaluate: {fault}", file=sys.stderr)
        decoder = Decoder() if any(recording.kind in ("name", "digits") for recording in recordings) else None
        namer = Namer(decoder, contacts.read(asked.names)) if asked.names is not None and decoder is not None else None
        prompt = own_prompt() if asked.line == "residue" else None
        found = Evaluation(spotter, words, asked.line, prompt, namer, decoder).run(recordings)
    except (ManifestError, ModelError, ValueError) as error:
        print(f"models.evaluate: {error}", file=sys.stderr)
        return 2
    if asked.json:
        json.dump(found, sys.stdout, indent=1)
        print()
    else:
        print(_summary(found))
    return 0


def _summary(found: dict[str, object]) -> str:
    rates = ("accuracy", "wrong_accept_rate", "rejected_rate", "false_alarms", "false_alarms_per_hour", "hours")
    lines = [f"{name}: {found[name]}" for name in ("clips", *rates, "latency_ms")]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
