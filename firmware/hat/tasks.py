"""Everything that takes time, as generators: bring-up, flash, pulses, cadences, tests.

A task yields the milliseconds until it wants to go on. It is resumed in the first slot at or after that time; times
add up from the time it was due, so that a cadence does not drift. One task a key: starting another under the same key
closes the first. Nothing is allocated while all tasks wait.
"""


class Tasks:
    """``on_error(key, error)`` is told when a task raises; the others go on."""

    def __init__(self, on_error):
        self.now = 0  # ms since boot, moved by ``run``
        self._on_error = on_error
        self._tasks = {}  # key -> [due, generator]

    def start(self, key, generator):
        """Runs ``generator`` up to its first wait, at once."""
        self.stop(key)
        entry = [self.now, generator]
        self._tasks[key] = entry
        self._resume(key, entry)

    def stop(self, key):
        """Closes a task, if there is one: its ``finally`` runs."""
        entry = self._tasks.pop(key, None)
        if entry is not None:
            entry[1].close()

    def running(self, key):
        return key in self._tasks

    def run(self, now):
        """Resumes every task due at ``now``."""
        self.now = now
        due = None
        for key in self._tasks:
            if self._tasks[key][0] <= now:
                due = [key] if due is None else due + [key]
        if due is not None:
            for key in due:
                entry = self._tasks.get(key)
                if entry is not None:
                    self._resume(key, entry)

    def _resume(self, key, entry):
        try:
            while entry[0] <= self.now:
                entry[0] += next(entry[1])
        except StopIteration:
            if self._tasks.get(key) is entry:
                del self._tasks[key]
        except Exception as error:
            if self._tasks.get(key) is entry:
                del self._tasks[key]
            self._on_error(key, error)
