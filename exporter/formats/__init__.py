"""The formats of a line: one file each with a table of fields, and what is made from the tables."""
