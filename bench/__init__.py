"""Measurements: each module here is a command, ``python -m bench.NAME``; ``make bench`` runs them all.

Every figure is a ratio to a baseline measured in the same run, in turns with it: the machine's mood cancels out.
"""
