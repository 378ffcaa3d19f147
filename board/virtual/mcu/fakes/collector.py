"""``gc`` of the virtual board: the interpreter's own, whose collections take time when the board says so."""


class Collector:
    """Stands in the place of module ``gc`` (``native.py``)."""

    def __init__(self, gc, world):
        self.mem_free = gc.mem_free
        self._collect = gc.collect
        self._world = world

    def collect(self):
        self._collect()
        self._world.collected()
