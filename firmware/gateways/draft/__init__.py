"""Draft text of messages, in a process of its own: slow, and it hears strangers."""
