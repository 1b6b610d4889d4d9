"""The claim loop, wakers, the schedule, and the runner for long work."""
