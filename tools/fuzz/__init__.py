"""Fuzzing of what listens to the telephone line; run by people and once before a release, not by `make test`."""
