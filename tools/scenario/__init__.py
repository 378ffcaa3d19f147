"""The scenario player: calls as text files, played against a fresh box in lockstep.

``source`` and ``load`` read a file strictly by the declarations in ``keys``; ``player`` plays it: ``stage`` is the
fresh box and the virtual board, ``actors`` what the parties do, ``ears`` and ``sounds`` what they hear; ``log`` and
``after`` hold what the box wrote down against what was expected. ``python -m tools.scenario FILE.toml`` is the command.
"""
