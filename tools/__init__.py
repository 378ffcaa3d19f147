"""What people run: scenario player, line listener, console, benchmarks, flash and backup."""
