"""Memory settings of a process that counts: the garbage collector and malloc."""

import contextlib
import ctypes
import gc

# Records hold no reference cycles, so collections can be rare.
_GC_THRESHOLD = 20_000
# Options of glibc's `mallopt`. Memory freed after a block of lines is needed again for the next
# one; giving its pages back to the system takes as long as counting their content.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 16 << 20
_MAPPED_FROM_BYTES = 8 << 20


def tune() -> None:
    """Exempt objects made so far from collection, and keep freed memory in the process."""
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, 10, 100)
    with contextlib.suppress(AttributeError, OSError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _MAPPED_FROM_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
