"""The box's other processes: each does one job, speaks the link's frames or the control socket, and may die alone."""
