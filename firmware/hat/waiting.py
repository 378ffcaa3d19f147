"""Waiting for time or for bytes from the Pi, whichever comes first; the processor sleeps meanwhile."""

import select


class Waiting:
    """Wraps one poller over the UART."""

    def __init__(self, uart):
        self._poll = select.poll()
        self._poll.register(uart, select.POLLIN)

    def wait(self, ms):
        """Returns after ``ms``, or earlier when the UART has something. Allocates nothing."""
        for _ in self._poll.ipoll(ms):
            return
