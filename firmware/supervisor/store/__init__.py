"""What the box remembers: one SQLite file, written by one thread, read by anyone.

``database`` is the writer, ``reader`` the read side that the web process uses too, ``migrate`` brings a file to the
layout this code knows, ``backup`` copies it whole. One module per noun (``calls``, ``messages``, ``contacts`` ...)
holds the changes, as functions that take the connection and run inside one transaction; ``queries_*`` hold what pages
ask.
"""
