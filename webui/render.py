"""Templates: Bottle's SimpleTemplate, with the parts (`templates/parts.tpl`) known to every page as functions.

A part writes where it is called, into the same output list as the page, so `% pill(...)` on a line of its own is all a
page needs; a part with a body is a context manager: `% with card(...):` ... `% end`. Everything a page prints is
escaped; unescaped output stands only in the parts and as `{{!base}}` in the layout (tests/webui/test_templates.py).
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from bottle import SimpleTemplate

_FOLDER = Path(__file__).parent / "templates"


@functools.cache
def _template(name: str) -> Any:
    path = _FOLDER / f"{name}.tpl"
    return SimpleTemplate(source=path.read_text(encoding="utf-8"), name=str(path), lookup=[str(_FOLDER)])


def render(name: str, values: dict[str, Any]) -> str:
    """The page or fragment `templates/NAME.tpl` with these values."""
    out: list[str] = []
    macros = _template("parts").execute(out, values)
    parts = {key: value for key, value in macros.items() if callable(value) and not key.startswith("_")}
    del out[:]  # the line ends between the parts' definitions
    _template(name).execute(out, {**_without_template_names(parts), **values})
    return "".join(out)


def _without_template_names(parts: dict[str, Any]) -> dict[str, Any]:
    """SimpleTemplate gives each template its own `include`, `rebase` and so on; the parts' ones must not leak."""
    own = {"include", "rebase", "get", "setdefault", "defined"}
    return {key: value for key, value in parts.items() if key not in own}
