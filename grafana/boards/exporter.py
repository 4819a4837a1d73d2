"""The Exporter dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..panels import clients, ingest, kafka, process
from .base import board, folded, heading, line


def build() -> dashboard.Dashboard:
    """Return the state of the exporter: freshness, sources, ledger, process."""
    return board(
        uid="zenmux-exporter",
        title="ZenMux Exporter",
        description="Whether the data of the other dashboards is fresh and complete.",
        variables=[variables.source(), variables.granularity()],
        elements=(
            heading("Fresh and complete?", 100),
            line(
                4,
                (process.ready(), 101, 4),
                (process.reloaded(), 102, 4),
                (process.last_commit(), 103, 4),
                (ingest.lag(), 104, 4),
                (ingest.invalid_share(), 105, 4),
                (process.commit_failures(), 106, 4),
            ),
            heading("Reading", 200),
            line(
                9,
                (ingest.by_result(), 201, 16),
                (ingest.by_source(), 202, 8),
            ),
            line(
                9,
                (ingest.bytes_read(), 203, 12),
                (ingest.lag_over_time(), 204, 12),
            ),
            line(
                9,
                (ingest.last_read(), 205, 12),
                (ingest.invalid_reasons(), 206, 12),
            ),
            line(
                8,
                (ingest.files_by_state(), 207, 12),
                (ingest.lost_bytes(), 208, 6),
                (ingest.nul_bytes(), 209, 6),
            ),
            folded(
                "Kafka",
                600,
                9,
                (kafka.lag(), 601, 8),
                (kafka.offset(), 604, 6),
                (kafka.skipped(), 602, 5),
                (kafka.errors(), 603, 5),
            ),
            heading("Surprises in the data", 300),
            line(
                8,
                (ingest.unknown_values(), 301, 9),
                (ingest.label_overflow(), 302, 9),
                (process.billing_mismatches(), 303, 6),
            ),
            line(
                8,
                (ingest.field_faults(), 305, 9),
                (ingest.conflicts(), 306, 9),
                (process.token_mismatches(), 307, 6),
            ),
            heading("Ledger and memory", 400),
            line(
                4,
                (process.ids(), 401, 6),
                (process.evicted_ids(), 402, 6),
                (process.evicted_facts(), 407, 6),
                (process.missing_facts(), 408, 6),
            ),
            line(
                4,
                (process.unseen_details(), 304, 6),
                (process.ledger_age(), 409, 6),
                (process.ledger_size(), 403, 6),
                (process.replayed(), 404, 6),
            ),
            line(
                9,
                (process.series(), 405, 12),
                (process.commits(), 406, 12),
            ),
            heading("Process", 500),
            line(
                8,
                (process.cpu(), 501, 8),
                (process.memory(), 502, 8),
                (process.loop_lag(), 503, 8),
            ),
            line(
                8,
                (clients.web_configuration(), 505, 4),
                (clients.refused(), 506, 5),
                (clients.pushes(), 508, 5),
                (clients.ignored(), 509, 5),
                (clients.connections(), 507, 5),
            ),
            line(
                5,
                (process.versions(), 504, 24),
            ),
        ),
    )
