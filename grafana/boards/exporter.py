"""The Exporter dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..builders.sdk import place, row
from ..panels import clients, ingest, process
from .base import board


def build() -> dashboard.Dashboard:
    """Return the state of the exporter: freshness, sources, ledger, process."""
    return board(
        uid="zenmux-exporter",
        title="ZenMux Exporter",
        description="Whether the data of the other dashboards is fresh and complete.",
        variables=[*variables.exporter_filters(), variables.source(), variables.granularity()],
        elements=(
            row("Fresh and complete?", 100, y=3),
            place(process.ready(), 101, x=0, y=4, w=4, h=4),
            place(process.reloaded(), 102, x=4, y=4, w=4, h=4),
            place(process.last_commit(), 103, x=8, y=4, w=4, h=4),
            place(ingest.lag(), 104, x=12, y=4, w=4, h=4),
            place(ingest.invalid_share(), 105, x=16, y=4, w=4, h=4),
            place(process.commit_failures(), 106, x=20, y=4, w=4, h=4),
            row("Reading", 200, y=8),
            place(ingest.by_result(), 201, x=0, y=9, w=16, h=9),
            place(ingest.by_source(), 202, x=16, y=9, w=8, h=9),
            place(ingest.bytes_read(), 203, x=0, y=18, w=12, h=9),
            place(ingest.lag_over_time(), 204, x=12, y=18, w=12, h=9),
            place(ingest.last_read(), 205, x=0, y=27, w=12, h=9),
            place(ingest.invalid_reasons(), 206, x=12, y=27, w=12, h=9),
            place(ingest.files_by_state(), 207, x=0, y=36, w=12, h=8),
            place(ingest.lost_bytes(), 208, x=12, y=36, w=6, h=8),
            place(ingest.nul_bytes(), 209, x=18, y=36, w=6, h=8),
            row("Surprises in the data", 300, y=44),
            place(ingest.unknown_values(), 301, x=0, y=45, w=9, h=8),
            place(ingest.label_overflow(), 302, x=9, y=45, w=9, h=8),
            place(process.billing_mismatches(), 303, x=18, y=45, w=6, h=4),
            place(process.unseen_details(), 304, x=18, y=49, w=6, h=4),
            place(ingest.field_faults(), 305, x=0, y=53, w=9, h=8),
            place(ingest.conflicts(), 306, x=9, y=53, w=9, h=8),
            place(process.token_mismatches(), 307, x=18, y=53, w=6, h=8),
            row("Ledger and memory", 400, y=61),
            place(process.ids(), 401, x=0, y=62, w=4, h=4),
            place(process.evicted_ids(), 402, x=4, y=62, w=4, h=4),
            place(process.evicted_facts(), 407, x=8, y=62, w=4, h=4),
            place(process.missing_facts(), 408, x=12, y=62, w=4, h=4),
            place(process.ledger_size(), 403, x=16, y=62, w=4, h=4),
            place(process.replayed(), 404, x=20, y=62, w=4, h=4),
            place(process.series(), 405, x=0, y=66, w=12, h=9),
            place(process.commits(), 406, x=12, y=66, w=12, h=9),
            row("Process", 500, y=75),
            place(process.cpu(), 501, x=0, y=76, w=8, h=8),
            place(process.memory(), 502, x=8, y=76, w=8, h=8),
            place(process.loop_lag(), 503, x=16, y=76, w=8, h=8),
            place(clients.web_configuration(), 505, x=0, y=84, w=6, h=8),
            place(clients.refused(), 506, x=6, y=84, w=9, h=8),
            place(clients.connections(), 507, x=15, y=84, w=9, h=8),
            place(process.versions(), 504, x=0, y=92, w=24, h=5),
        ),
    )
