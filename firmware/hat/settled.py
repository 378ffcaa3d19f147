"""A value that counts once it has stood for a while."""


class Settled:
    """``value`` is what counts; ``since`` when the present reading began (ms)."""

    def __init__(self, value):
        self.value = value
        self.since = 0
        self._seen = value

    def see(self, value, now):
        """A reading."""
        if value != self._seen:
            self._seen = value
            self.since = now

    def settle(self, now, ms):
        """Whether the value has just changed, having stood for ``ms``."""
        if self._seen != self.value and now - self.since >= ms:
            self.value = self._seen
            return True
        return False

    def force(self, value, now):
        """Sets the value without a delay."""
        self.value = self._seen = value
        self.since = now
