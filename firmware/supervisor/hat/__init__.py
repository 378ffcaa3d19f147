"""Keeping the HAT in service: its pins, its set-up, the lifeline relay, the lines' tuning, the board's own sensors."""
