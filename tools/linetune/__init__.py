"""Tuning a line: finds the AC impedance and the eight hybrid taps with which the least of our own voice comes back."""
