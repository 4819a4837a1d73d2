"""Count records once, under bounded label sets, into deltas to commit."""
