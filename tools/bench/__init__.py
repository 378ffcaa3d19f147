"""Measurements: one module a subject, each with ``run() -> list[Row]``; see ``__main__`` for how they are collected."""
