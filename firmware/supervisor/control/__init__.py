"""The control socket: who asks, checked arguments, and one table of requests."""
