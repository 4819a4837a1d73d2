"""A simulated history, its truth, and what each panel must show of it."""
