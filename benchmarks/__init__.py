"""What counting costs, beside what it costs others, measured in one run."""
