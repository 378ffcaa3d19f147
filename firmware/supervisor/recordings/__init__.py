"""Audio on the disk: written while it is recorded, repaired after a power cut, read back for the page."""
