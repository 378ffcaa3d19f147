"""What can go wrong in the store, by name, so that a caller can tell a wrong request from a sick disk."""

from __future__ import annotations


class StoreError(Exception):
    """Anything the store refuses or cannot do."""


class Stopped(StoreError):
    """A job was handed over after ``stop()``."""


class Overloaded(StoreError):
    """More jobs wait than the queue may hold: the disk does not keep up."""


class NewerFile(StoreError):
    """The file was written by a newer Frontdesk; this one would not understand it."""


class NotOurs(StoreError):
    """The file is not a Frontdesk database, or not a database at all."""


class Damaged(StoreError):
    """The integrity check at start found the file damaged."""


class Unreadable(StoreError):
    """The read side cannot open the file."""


class TransactionEnded(StoreError):
    """A job ended the transaction that the writer holds for it."""


class NotFound(StoreError):
    """No such row (any more)."""


class Conflict(StoreError):
    """The row is not in a state that allows the change."""
