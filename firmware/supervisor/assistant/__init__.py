"""The dialogs of the box with callers and with people of the office, and the one table of what they say and press."""
