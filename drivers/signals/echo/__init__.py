"""Taking our own voice out of what a line gives back: the model of the hybrid, the late stage, its stand-in."""
