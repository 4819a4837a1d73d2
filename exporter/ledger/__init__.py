"""Records in, deltas out: what each record adds, given everything counted before.

The folder's working state runs ahead of what is published: a delta is folded, committed, and then
published in one step.
"""

from .delta import Delta
from .fold import IS_COMPILED, Folder

__all__ = ["IS_COMPILED", "Delta", "Folder"]
