"""Cut the samples of a series into chunks."""

from collections.abc import Sequence

from .xor_chunks import float_bits, irregular_chunk, regular_chunk

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
    values = float_bits(levels, places)
    chunks: list[Chunk] = []
    place, begin = 0, starts[0]
    while begin < size:
        # All series are cut at the same times.
        stop = min((begin // CHUNK_SAMPLES + 1) * CHUNK_SAMPLES, size)
        kept, counts, at = [values[place]], [], begin
        while place + 1 < len(starts) and starts[place + 1] < stop:
            place += 1
            counts.append(starts[place] - at)
            at = starts[place]
            kept.append(values[place])
        counts.append(stop - at)
        if place + 1 < len(starts) and starts[place + 1] == stop:
            place += 1
        begin_ms = first_ms + begin * step_ms
        chunk = regular_chunk(begin_ms, step_ms, kept, counts)
        chunks.append((begin_ms, first_ms + (stop - 1) * step_ms, chunk))
        begin = stop
    return chunks


def point_chunks(points: Sequence[tuple[int, int]], places: int) -> list[Chunk]:
    """Return the chunks of samples at any times (Unix seconds), given in order of time."""
    times = [second * 1000 for second, _ in points]
    values = float_bits([value for _, value in points], places)
    return [
        (
            times[begin],
            times[min(begin + CHUNK_SAMPLES, len(times)) - 1],
            irregular_chunk(
                times[begin : begin + CHUNK_SAMPLES], values[begin : begin + CHUNK_SAMPLES]
            ),
        )
        for begin in range(0, len(times), CHUNK_SAMPLES)
    ]
