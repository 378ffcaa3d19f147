"""Receiving a fax: libspandsp's T.30 in a process of its own, since what comes over the line is parsed in C."""
