"""What the box decides by: pure functions and tables, with no clock, no store and no input or output."""
