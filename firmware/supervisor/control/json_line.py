"""One line of JSON from somebody else, made harmless before anything looks at it.

JSON allows more than the box can keep: integers beyond 64 bits, lone surrogates that no UTF-8 file takes, NaN,
nesting that exhausts the stack. Each once ended a database thread in a product like this one (reference/peers.md 3.2,
11); here each is a ``BadLine`` with a sentence.
"""

from __future__ import annotations

import json
from typing import Any

LIMIT = 64 * 1024  # bytes of a line, its end included
DEPTH = 8  # levels of lists and objects
_INT64 = 1 << 63


class BadLine(ValueError):
    """The line is not what may be sent; the message says why."""


def parse(line: bytes) -> dict[str, Any]:
    """The object on ``line``. Raises ``BadLine``."""
    if len(line) > LIMIT:
        raise BadLine(f"a line has at most {LIMIT} bytes")
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise BadLine("not UTF-8") from None
    except RecursionError:
        raise BadLine(f"nested deeper than {DEPTH} levels") from None
    except json.JSONDecodeError as error:
        raise BadLine(f"not JSON: {error.msg} at character {error.pos}") from None
    except BadLine:
        raise
    except ValueError:  # an integer with more digits than Python converts
        raise BadLine("a number is beyond 64 bits") from None
    if not isinstance(value, dict):
        raise BadLine("expected an object")
    _check(value, DEPTH)
    return value


def _refuse_constant(name: str) -> Any:
    raise BadLine(f"{name} is not a number")


def _check(value: Any, levels: int) -> None:
    if levels < 0:
        raise BadLine(f"nested deeper than {DEPTH} levels")
    if isinstance(value, str):
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise BadLine("a text holds half of a surrogate pair")
        if "\0" in value:
            raise BadLine("a text holds a NUL")
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        if not -_INT64 <= value < _INT64:
            raise BadLine("a number is beyond 64 bits")
    elif isinstance(value, float):
        if value in (float("inf"), float("-inf")):
            raise BadLine("a number is beyond what a float holds")
    elif isinstance(value, list):
        for item in value:
            _check(item, levels - 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(key, levels - 1)
            _check(item, levels - 1)
