"""The board as data: ``pinmap.csv``, ``netlist.csv``, ``bom.csv`` and ``power.csv`` are its single source.

``tables`` reads them without side effects, for any room; ``checks`` holds the electrical rules.
"""
