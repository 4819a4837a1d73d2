"""Cases of the alert rules, and what runs them through promtool."""
