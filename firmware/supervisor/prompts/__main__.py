"""``python -m firmware.supervisor.prompts FOLDER``: renders every fixed prompt into FOLDER. Used by ``make setup``.

Exit codes: 0 all are there, 1 a language's engine is missing (said, the other language is rendered all the same).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from firmware.supervisor.prompts import Prompts
from firmware.supervisor.prompts.speech import SpeechError
from firmware.supervisor.rules.languages import LANGUAGES


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    failed = 0
    for language in LANGUAGES:
        try:
            count = Prompts(language, folder).render_fixed()
        except SpeechError as error:
            print(f"{language}: {error}", file=sys.stderr)
            failed = 1
        else:
            print(f"{language}: {count} prompts in {folder}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
