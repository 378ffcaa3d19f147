"""``select`` of the virtual board: one poller on the UART, waiting in virtual time."""

from wire import world

POLLIN = 1


class poll:
    def register(self, what, mask):
        pass

    def ipoll(self, ms):
        world.wait(ms * 1000)
        return ()
