"""Samples in, facts out, and back: the bottom room. Imports numpy and cffi, nothing of ours."""
