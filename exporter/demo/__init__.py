"""Generated traffic."""
