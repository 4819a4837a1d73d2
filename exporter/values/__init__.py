"""Values of records: timestamps, fixed-point numbers, label values, text."""
