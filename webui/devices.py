"""A browser's User-Agent in words a person knows their device by: "Firefox, Windows". Only for the account page."""

from __future__ import annotations

from webui.formats import plain

# The first that is found counts: most browsers also name those they descend from.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_words(agent: str) -> str:
    """Browser and system; the beginning of the text itself when neither is known, empty when there is none."""
    found = [next((word for mark, word in table if mark in agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return ", ".join(word for word in found if word) or plain(agent, 40)
