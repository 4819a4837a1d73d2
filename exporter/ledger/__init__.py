"""The SQLite file that keeps totals, positions and ids: transaction, restore, queries."""
