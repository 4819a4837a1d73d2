"""How a process that counts treats its memory: set once, when it starts."""

import contextlib
import ctypes
import gc

# Records are no cycles, so the collector need not look often.
_GC_THRESHOLD = 20_000
# glibc's `mallopt`: what is freed between two blocks of lines is needed again by the next one, and
# every page given back costs as much as counting what stands on it.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 16 << 20
_MAPPED_FROM_BYTES = 8 << 20


def settle() -> None:
    """Keep what start-up made out of the collector's sight, and freed memory at hand."""
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, 10, 100)
    with contextlib.suppress(AttributeError, OSError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _MAPPED_FROM_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
