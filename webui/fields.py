"""What a browser sent in an address or a form, taken apart with bounds."""

from __future__ import annotations

from urllib.parse import parse_qs

from webui.formats import plain

_MOST_FIELDS = 200


class Fields:
    """The fields of one query string or form body (`application/x-www-form-urlencoded`).

    Raises:
        ValueError: more than 200 fields.
    """

    def __init__(self, encoded: str = "") -> None:
        self.encoded = encoded
        self._values = parse_qs(encoded, keep_blank_values=True, errors="replace", max_num_fields=_MOST_FIELDS)

    def text(self, name: str, longest: int = 200) -> str:
        """One line of text without control characters, cut to `longest`; empty when the field is missing."""
        return " ".join(plain(self._first(name)[: longest * 4], longest * 4).split())[:longest]

    def lines(self, name: str, longest: int = 4000) -> str:
        """Text with line ends, cut to `longest`."""
        return "\n".join(plain(line, longest).rstrip() for line in self._first(name)[:longest].splitlines()).strip()

    def secret(self, name: str, longest: int = 1000) -> str:
        """A password, exactly as typed."""
        return self._first(name)[:longest]

    def texts(self, name: str, most: int = 20, longest: int = 100) -> list[str]:
        """Every value of a repeated field."""
        return [plain(value, longest) for value in self._values.get(name, [])[:most]]

    def choice(self, name: str, allowed: tuple[str, ...], otherwise: str = "") -> str:
        """The value when it is one of the allowed, else `otherwise`."""
        value = self._first(name)
        return value if value in allowed else otherwise

    def whole(self, name: str, otherwise: int, lowest: int, highest: int) -> int:
        """A whole number, drawn to the nearest bound; `otherwise` when there is none."""
        value = self._first(name)
        if not (value.isascii() and value.isdigit() and len(value) <= 12):
            return otherwise
        return max(lowest, min(highest, int(value)))

    def given(self, name: str) -> bool:
        """Whether the field is there and not empty (a ticked box)."""
        return bool(self._first(name))

    def _first(self, name: str) -> str:
        values = self._values.get(name)
        return values[0] if values else ""
