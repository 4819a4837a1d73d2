"""Cut the samples of a series into chunks."""

from bisect import bisect_left
from operator import sub

from .xor_chunks import float_changes, irregular_chunk, regular_chunk

# As many samples as Prometheus puts into a chunk.
CHUNK_SAMPLES = 120

# The times of a chunk's first and last sample (Unix ms), and its bytes.
Chunk = tuple[int, int, bytes]


def grid_chunks(
    times: tuple[int, int, int], starts: list[int], levels: list[int], places: int
) -> list[Chunk]:
    """Return the chunks of a series on a grid.

    `times`: the first sampling time (Unix ms), the step (ms), and the number of sampling times.
    `starts` are indexes of sampling times; each level holds until the next start.
    """
    first_ms, step_ms, size = times
    values, changes = float_changes(levels, places)
    chunks: list[Chunk] = []
    place, begin = 0, starts[0]
    while begin < size:
        # All series are cut at the same times.
        stop = min((begin // CHUNK_SAMPLES + 1) * CHUNK_SAMPLES, size)
        end = bisect_left(starts, stop, place + 1)
        cuts = [begin, *starts[place + 1 : end], stop]
        counts = list(map(sub, cuts[1:], cuts))
        begin_ms = first_ms + begin * step_ms
        chunk = regular_chunk(begin_ms, step_ms, values[place], changes[place + 1 : end], counts)
        chunks.append((begin_ms, first_ms + (stop - 1) * step_ms, chunk))
        place = end if end < len(starts) and starts[end] == stop else end - 1
        begin = stop
    return chunks


def point_chunks(seconds: list[int], levels: list[int], places: int) -> list[Chunk]:
    """Return the chunks of samples at any times (Unix seconds), given in order of time."""
    times = [second * 1000 for second in seconds]
    values, changes = float_changes(levels, places)
    chunks: list[Chunk] = []
    for begin in range(0, len(times), CHUNK_SAMPLES):
        end = min(begin + CHUNK_SAMPLES, len(times))
        chunk = irregular_chunk(times[begin:end], values[begin], changes[begin + 1 : end])
        chunks.append((times[begin], times[end - 1], chunk))
    return chunks
