"""The languages that the box speaks; each has its prompts, its words and its page."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("en", "fr")
