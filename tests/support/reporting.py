"""Run `report` as users do, and recount the expected sums."""

import csv
import io
import os
import subprocess
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from exporter.report.measures import Observed, Sum
from exporter.tables import Table, as_csv
from oracle.totals import Totals
from programs import exporter_command

LINES = (
    '{"id":"gen_1","timestamp":"2026-11-20T23:30:00.123Z","model":"anthropic/claude-sonnet-4.5",'
    '"provider":"amazon-bedrock","api_key":"checkout","input_tokens":120,"output_tokens":30,'
    '"cost_usd":"0.0012","latency_ms":500,"generation_ms":1500}',
    '{"id":"gen_2","timestamp":"2026-11-21T08:00:00Z","model":"openai/gpt-5","provider":"azure",'
    '"api_key":"search","input_tokens":2000,"output_tokens":400,"cost_usd":"0.5",'
    '"latency_ms":9000,"generation_ms":1000,'
    '"compensation":{"type":"high_latency","payout_usd":"0.25","paid_at":"2026-11-22T03:00:00Z"}}',
    '{"event":"compensation","id":"gen_1","compensation":'
    '{"type":"unsatisfactory_content","payout_usd":"0.0006","paid_at":"2026-11-21T03:00:00Z"}}',
    '{"event":"compensation","id":"gen_1","compensation":'
    '{"type":"unsatisfactory_content","payout_usd":"0.0006","paid_at":"2026-11-21T03:00:00Z"}}',
)

Done = subprocess.CompletedProcess[str]


def reported(folder: Path, *options: str, lines: tuple[str, ...] = LINES) -> Done:
    """Return the result of the command for a log."""
    log = folder / "log.jsonl"
    log.write_text("".join(f"{line}\n" for line in lines))
    return told("report", str(log), *options)


def told(*arguments: str, **environment: str) -> Done:
    """Run the exporter with arguments."""
    return subprocess.run(
        exporter_command(*arguments),
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )


def rows_of(table: Table) -> list[dict[str, str]]:
    """Return the rows of a table as in CSV, with the sums last."""
    return list(csv.DictReader(io.StringIO(as_csv(table))))


def recounted(totals: Totals, label: str, sums: Sum | Observed) -> dict[str, Decimal]:
    """Return recounted sums by a label."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    if isinstance(sums, Sum):
        for (name, pairs), value in totals.counters.items():
            labels = dict(pairs)
            if name == sums.metric.name and (sums.test is None or sums.test(labels)):
                found[labels[label]] += value
    else:
        for (name, pairs), histogram in totals.histograms.items():
            if name == sums.metric.name:
                amount = Decimal(histogram.count) if sums.is_count else histogram.total
                found[dict(pairs)[label]] += amount
    return {name: value for name, value in found.items() if value}
