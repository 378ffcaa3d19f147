"""``make mutants``: do the tests notice when a line of the call code is wrong? A random sample, by cosmic-ray.

``__main__`` sets up (an environment and a copy of the tree of its own, both in ``build/mutants``); ``trial`` runs in
that environment: it draws, breaks the copy in one place at a time, runs the room's tests and names what survived.
"""
