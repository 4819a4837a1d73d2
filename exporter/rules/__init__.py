"""The counting rules of one record: pure functions and tables."""
