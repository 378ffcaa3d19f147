"""Legs, bridges, and a call with its log."""
