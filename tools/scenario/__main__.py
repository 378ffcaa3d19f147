"""``python -m tools.scenario FILE.toml [--json] [--out DIR] [--hat HAT]``: plays calls from a text file on a fresh box.

Exit 0 when every expectation was met, 1 when one failed (a sentence each, on standard error), 2 when the file is wrong
(one line). JSON goes to standard output alone; its keys are those of COMMANDS.md. Without ``--out`` the box and what
was heard lie in ``build/scenarios/NAME``, made anew each time.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import sys
from pathlib import Path

from drivers.signals import blas
from tools.scenario.load import load
from tools.scenario.player import play
from tools.scenario.result import Result
from tools.scenario.source import SourceError
from tools.scenario.stage import HATS
from tools.scenario.voices import VoiceError

USUAL_FOLDER = Path("build") / "scenarios"


def main(arguments: list[str] | None = None) -> int:
    """Plays one file."""
    parser = argparse.ArgumentParser(prog="python -m tools.scenario", description="Plays calls from a text file.")
    parser.add_argument("file", type=Path, metavar="FILE.toml")
    parser.add_argument("--json", action="store_true", help="the result as JSON on standard output")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the box and what was heard are kept")
    parser.add_argument("--hat", choices=HATS, default=HATS[0], help="what is on the board (default: %(default)s)")
    options = parser.parse_args(arguments)
    blas.one_thread()
    folder: Path = options.out or USUAL_FOLDER / options.file.stem
    try:
        scenario = load(options.file)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two runs of one file do not share a box
            result = play(scenario, folder, hat=options.hat)
    except (SourceError, VoiceError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{folder}: {error.strerror or error}; expected a folder that can be written", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(result.as_json(), ensure_ascii=False, indent=2))
    for failure in result.failures:
        print(failure, file=sys.stderr)
    if not options.json:
        print(_summary(scenario.name, result))
    return 0 if result.passed else 1


def _summary(name: str, result: Result) -> str:
    verdict = "pass" if result.passed else "fail"
    log = result.log
    kept = [_count(len(log.calls), "call"), _count(len(log.messages), "message")]
    if log.faxes:
        kept.append(_count(len(log.faxes), "fax"))
    return f"{verdict}: {name} ({result.seconds:.1f} s of telephone time, {', '.join(kept)})"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{'es' if noun.endswith('x') else 's'}"


if __name__ == "__main__":
    sys.exit(main())
