"""Fuzzing: `python -m fuzz [TARGET...]` runs hostile input through what reads it."""
