"""`try`: see which format the first lines of a file fit, and what they would count.

command           tries files, returns the text and the verdict
first_blocks      the first lines of a file
attempts          read them as one source would, count
guessing, names   if nothing fits: a mapping from the names of fields
report            the text
"""

from .command import try_files

__all__ = ["try_files"]
