"""Dialogs with somebody who calls."""
