"""Passwords: argon2id, made and checked in the web process, one at a time.

One hash takes 64 MiB and a good part of a second on a Pi; two at once would take the memory that a call needs. Whoever
waits behind the one being checked for longer than 10 s is told that the box is busy.
"""

from __future__ import annotations

import threading

import argon2

SHORTEST = 10
LONGEST = 200
_QUEUE_S = 10.0


class PasswordsBusy(Exception):
    """Too many passwords are waiting to be checked."""


class Passwords:
    """Makes and checks argon2id hashes.

    Args:
        hasher: cost parameters; the default is RFC 9106's low-memory profile (64 MiB, 3 passes, 4 lanes).
    """

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher()
        self._one = threading.Lock()
        # Checked when the name is unknown, so that the time taken does not tell which names exist.
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """The argon2id string for the store."""
        with _Turn(self._one):
            return self._hasher.hash(password)

    def matches(self, password: str, kept: str | None) -> bool:
        """Whether the password belongs to the kept hash; None (no such user) takes as long and is never right."""
        with _Turn(self._one):
            try:
                return self._hasher.verify(kept or self._nobody, password[:LONGEST]) and kept is not None
            except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
                return False


class _Turn:
    """Waits for the one place, at most 10 s."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=_QUEUE_S):
            raise PasswordsBusy

    def __exit__(self, *error: object) -> None:
        self._lock.release()


def fault_of(password: str, again: str) -> str | None:
    """The id of the sentence that says what is wrong with a new password, or None."""
    if len(password) < SHORTEST:
        return "password.too_short"
    if len(password) > LONGEST:
        return "password.too_long"
    if len(set(password)) < 4:
        return "password.too_simple"
    if password != again:
        return "password.differs"
    return None
