"""The audio of a recording: 16-bit PCM WAV (every browser plays it), any byte range of it, or as a download.

Recordings lie as mu-law or A-law; only the samples of the range asked for are read and converted.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterator

from firmware.supervisor.recordings.audio import Recording, recording
from firmware.supervisor.store.errors import NotFound
from webui.access import Site
from webui.addresses import number_in
from webui.formats import local, plain
from webui.reply import Reply
from webui.visit import Visit

site = Site()

_RATE_HZ = 8000
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_BLOCK = 32_000  # samples a time: 4 s
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@site.get("/recordings/<number>/audio.wav", access="user", quiet=True)
def audio(visit: Visit, number: str) -> Reply:
    found = recording(visit.web.box.recordings, _path(visit, number)[0])
    if visit.headers["Range"] in ("", "bytes=0-"):  # from its beginning; the rest of one hearing comes in ranges
        visit.note("listen", f"recording:{number}")
    return _answer(found, visit.headers["Range"], [])


@site.get("/recordings/<number>/download", access="user")
def download(visit: Visit, number: str) -> Reply:
    path, name = _path(visit, number)
    found = recording(visit.web.box.recordings, path)
    visit.note("download", f"recording:{number}")
    return _answer(found, "", [("Content-Disposition", f'attachment; filename="{name}.wav"')])


def _path(visit: Visit, number: str) -> tuple[str, str]:
    """(path in recordings/, name for a download) of a recording in the user's own mailbox."""
    row = visit.db.execute(
        "SELECT path, coalesce(messages.mailbox, calls.mailbox) AS mailbox, "
        "coalesce(contacts.name, calls.name, number_e164, number_raw, '') AS who, "
        "calls.started_ms, calls.utc_offset_min FROM recordings JOIN calls ON calls.id = recordings.call "
        "LEFT JOIN contacts ON contacts.id = calls.contact "
        "LEFT JOIN messages ON messages.recording = recordings.id "
        "WHERE recordings.id = ? AND recordings.state <> 'deleted'",
        (number_in(number),),
    ).fetchone()
    if row is None or not visit.may("recordings.hear", row["mailbox"]):
        raise NotFound(f"recording {number}")
    bare = unicodedata.normalize("NFKD", plain(row["who"], 40)).encode("ascii", "ignore").decode()
    who = re.sub(r"[^A-Za-z0-9+ -]", "", bare).strip()
    return row["path"], f"{local(row['started_ms'], row['utc_offset_min']):%Y-%m-%d %H.%M} {who}".strip()


def _answer(found: Recording, wanted: str, headers: list[tuple[str, str]]) -> Reply:
    """The file, or the range of it (RFC 9110 section 14: one range; anything else gets the whole)."""
    total = _HEADER.size + 2 * found.samples
    headers = [("Content-Type", "audio/wav"), ("Accept-Ranges", "bytes"), *headers]
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or match.groups() == ("", ""):
        return Reply(_bytes(found, 0, total), headers=[*headers, ("Content-Length", str(total))])
    first, last = match.groups()
    begin = int(first) if first else max(0, total - int(last))
    end = min(total, int(last) + 1) if first and last else total
    if begin >= min(end, total):
        return Reply(status=416, headers=[*headers, ("Content-Range", f"bytes */{total}")])
    headers += [("Content-Range", f"bytes {begin}-{end - 1}/{total}"), ("Content-Length", str(end - begin))]
    return Reply(_bytes(found, begin, end), 206, headers)


def _bytes(found: Recording, begin: int, end: int) -> Iterator[bytes]:
    """Bytes [begin, end) of the PCM file that this recording is to the browser."""
    data = 2 * found.samples
    head = _HEADER.pack(
        b"RIFF", 36 + data, b"WAVE", b"fmt ", 16, 1, 1, _RATE_HZ, 2 * _RATE_HZ, 2, 16, b"data", data
    )  # fmt: skip
    if begin < len(head):
        yield head[begin:end]
    at = max(begin, len(head)) - len(head)
    stop = end - len(head)
    while at < stop:
        sample = at // 2
        block = found.pcm(sample, min(sample + _BLOCK, (stop + 1) // 2)).astype("<i2").tobytes()
        if not block:
            return
        piece = block[at - 2 * sample :][: stop - at]
        yield piece
        at += len(piece)
