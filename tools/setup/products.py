"""What the set-up makes with the project's own programs: rendered prompts and the HAT's interpreter."""

from __future__ import annotations

from pathlib import Path

from tools.setup.environment import PYTHON
from tools.setup.steps import ROOT, StepError, command, digest


class PromptsStep:
    """Renders every prompt that holds no changing part, in every language, into ``build/prompts``."""

    name = "spoken prompts"
    needed = False

    def fingerprint(self) -> str:
        room = ROOT / "firmware" / "supervisor" / "prompts"
        return digest(*sorted(room.glob("*.toml")), *sorted(room.glob("*.py")))

    def there(self) -> bool:
        return any((ROOT / "build" / "prompts").glob("*.wav"))

    def do(self) -> None:
        command([str(PYTHON), "-m", "firmware.supervisor.prompts", "build/prompts"])


class MicroPythonStep:
    """Fetches the native MicroPython interpreter the HAT's firmware runs on in tests and in ``make run``."""

    name = "MicroPython interpreter"
    needed = False

    def fingerprint(self) -> str:
        return digest(ROOT / "tools" / "mpy.py")

    def there(self) -> bool:
        return Path(ROOT / ".cache" / "micropython" / "root").exists()

    def do(self) -> None:
        try:
            command([str(PYTHON), "-m", "tools.mpy"])
        except StepError as error:
            raise StepError(
                f"{error}; the firmware's CPython twin serves instead, and its own tests are skipped"
            ) from error


class MicroPythonLibraryStep:
    """Fetches micropython-lib's ``unittest``, with which the firmware's tests on the interpreter are written."""

    name = "micropython-lib's unittest"
    needed = False

    def fingerprint(self) -> str:
        return digest(ROOT / "tools" / "mpy_library.py")

    def there(self) -> bool:
        return Path(ROOT / ".cache" / "micropython" / "lib" / "unittest.py").exists()

    def do(self) -> None:
        try:
            command([str(PYTHON), "-m", "tools.mpy_library"])
        except StepError as error:
            raise StepError(f"{error}; the tests that run on the interpreter with it are skipped") from error
