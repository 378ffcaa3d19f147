"""Every language that the box speaks, with its reader."""

from __future__ import annotations

from firmware.supervisor.prompts.english import English
from firmware.supervisor.prompts.french import French
from firmware.supervisor.prompts.reader import Reader

READERS: dict[str, type[Reader]] = {"en": English, "fr": French}
