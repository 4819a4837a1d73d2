"""The formats of lines: a file with a table of fields for each, and decoders made from them."""
