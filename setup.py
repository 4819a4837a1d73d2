"""Build the exporter; compile its hot modules from their own source if there is a C compiler."""

import sys

from setuptools import Extension, setup

# The modules that run for each line, or for each sample of a history.
# `ZENMUX_EXPORTER_INTERPRETED=1` turns compiled code off.
HOT = (
    "exporter/records.py",
    "exporter/values/fixed_point.py",
    "exporter/values/labels.py",
    "exporter/values/timestamps.py",
    "exporter/rules/billing.py",
    "exporter/rules/outcome.py",
    "exporter/rules/plans.py",
    "exporter/rules/protocols.py",
    "exporter/rules/quantities.py",
    "exporter/rules/record.py",
    "exporter/rules/responsibility.py",
    "exporter/rules/tokens.py",
    "exporter/rules/usage.py",
    "exporter/formats/parser.py",
    "exporter/counting/changes.py",
    "exporter/counting/compensations.py",
    "exporter/counting/counter.py",
    "exporter/counting/deduplication.py",
    "exporter/counting/facts_packing.py",
    "exporter/counting/label_limits.py",
    "exporter/counting/label_sets.py",
    "exporter/counting/request_facts.py",
    "exporter/counting/requests.py",
    "exporter/counting/series.py",
    "exporter/backfill/collector.py",
    "exporter/backfill/increment_store.py",
    "exporter/backfill/levels.py",
    "exporter/backfill/outputs.py",
    "exporter/backfill/sample_grid.py",
    "exporter/backfill/samples.py",
    "exporter/backfill/series_runs.py",
    "exporter/backfill/timeline.py",
    "exporter/backfill/tsdb/chunk_segments.py",
    "exporter/backfill/tsdb/crc32c.py",
    "exporter/backfill/tsdb/grid_chunks.py",
    "exporter/backfill/tsdb/index.py",
    "exporter/backfill/tsdb/varints.py",
    "exporter/backfill/tsdb/xor_chunks.py",
    "exporter/pipeline/ingest.py",
    "exporter/pipeline/parsing.py",
    "exporter/pipeline/reading.py",
)


def extensions() -> list[Extension]:
    """Return the compiled modules; none if mypyc is missing."""
    try:
        from mypyc.build import mypycify
    except ImportError:
        return []
    options = ["--config-file=", "--ignore-missing-imports"]
    try:
        found = mypycify([*HOT, *options], opt_level="3", group_name="zenmux_exporter")
    except SystemExit:
        # A newer mypy may find fault with the sources: they run interpreted all the same.
        sys.stderr.write("the hot modules could not be compiled; they will be interpreted\n")
        return []
    for extension in found:
        extension.optional = True
        # Nobody replaces functions of a module when it is loaded: they may be inlined.
        extension.extra_compile_args.append("-fno-semantic-interposition")
    return list(found)


# Installers ask for the description first, twice, and to compile takes most of a minute.
_DESCRIBES = {"egg_info", "dist_info"}

setup(ext_modules=[] if _DESCRIBES & {*sys.argv} else extensions())
