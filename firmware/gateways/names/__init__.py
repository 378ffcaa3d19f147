"""Names by voice, in a process of its own: a slow decoder that hears strangers must not be the telephone's process."""
