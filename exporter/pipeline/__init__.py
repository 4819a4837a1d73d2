"""Read, parse, count, commit, publish."""
