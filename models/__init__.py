"""The box's ears for speech: end-pointer, encoders, heads, decision; and the recipe that makes the heads."""
