"""Hand-made deltas."""

from exporter.counting.delta import CompensatedRequest, Delta, HistogramValue, NewSeries

REQUESTS = "zenmux_requests_total"
COST = "zenmux_cost_usd_total"
DURATION = "zenmux_request_duration_seconds"
LABELS = ("key", "model", "provider", "payg")
TIME_MS = 1_793_491_200_123


def histogram(*counts: int) -> HistogramValue:
    """Return a histogram of durations with bounds 0.5 s and 1 s and an exemplar per bucket."""
    exemplars = {n: (f"gen_{n}", 400_000 * (n + 1), TIME_MS) for n, c in enumerate(counts) if c}
    total = sum(400_000 * (bucket + 1) * count for bucket, count in enumerate(counts))
    return HistogramValue((500_000, 1_000_000), counts, total, exemplars)


def compensated(name: str, seen_ms: int = TIME_MS, payout: int = 10**12) -> CompensatedRequest:
    """Return a compensated request."""
    return CompensatedRequest(
        generation_id=name,
        model="model",
        provider="provider",
        api_key="key",
        plan="payg",
        compensation_type="high_latency",
        finish_reason="stop",
        input_tokens="12",
        output_tokens="3",
        cost_usd="0.5",
        latency_ms="9000",
        throughput="unknown",
        payout=payout,
        time_ms=TIME_MS,
        seen_ms=seen_ms,
    )


def first() -> Delta:
    """Return a batch that creates two counters (1 and 3) and a histogram (2)."""
    return Delta(
        created=(
            NewSeries(1, REQUESTS, (*LABELS, "success")),
            NewSeries(2, DURATION, LABELS[1:]),
            NewSeries(3, COST, (*LABELS, "prompt")),
        ),
        counters=((1, 3), (3, 2_500_000_000_000)),
        histograms=((2, histogram(1, 2, 0)),),
        newest_ms=TIME_MS,
        ids=3,
        last_number=3,
        built_ms=TIME_MS,
    )
