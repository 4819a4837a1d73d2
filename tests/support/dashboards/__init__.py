"""A simulated history, and the values that each panel must show for it."""
