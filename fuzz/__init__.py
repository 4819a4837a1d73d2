"""Fuzzing: `python -m fuzz [TARGET...]` feeds hostile input to all code that reads input."""
