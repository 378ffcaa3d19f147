"""A fax machine calls: its call, the process that has the line meanwhile, and what is left of it on the disk."""
