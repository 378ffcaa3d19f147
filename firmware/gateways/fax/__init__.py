"""The fax gateway: what comes over a line is parsed in C, so it is a process of its own, a new one for each job.

``receive`` answers a fax machine by libspandsp's T.30; ``pdf`` makes the picture of its pages, later, and may fail
alone; ``confined`` is what keeps both in their place.
"""
