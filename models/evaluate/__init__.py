"""How the shipped models do on labelled recordings; `python -m models.evaluate`, keys fixed in shared/COMMANDS.md."""
