"""Other people's programs on the same audio: judges of `drivers/signals` in benches and tests, never in the box."""
