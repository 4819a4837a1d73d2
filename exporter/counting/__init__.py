"""Count each record once, under bounded label sets, and build deltas to commit."""
