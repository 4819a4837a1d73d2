"""The exporter's sources: lines by result, reasons for rejection, lag."""

from grafana_foundation_sdk.builders import bargauge, stat, timeseries

from ..builders.charts import bars, lines, ranking
from ..builders.colours import with_colours
from ..builders.numbers import number
from ..builders.units import BYTES, COUNT, RATIO, SECONDS
from ..promql import health
from ..promql.rankings import top
from ..promql.selectors import INTERVAL, RANGE, SOURCES, increases

_NOTHING = "No lines read in this range"
_PREFIX = "zenmux_exporter_"


def lag() -> stat.Panel:
    """Return the bytes not read yet."""
    return number(
        "Not read yet",
        "Bytes of log that wait to be read, at the end of the range. 0: everything is counted.",
        health.latest_sum(f"{_PREFIX}source_lag_bytes"),
        BYTES,
        "No source is read",
    )


def invalid_share() -> stat.Panel:
    """Return the share of rejected lines."""
    return number(
        "Rejected share",
        "Rejected lines divided by all lines read in the range.",
        health.invalid_share(),
        RATIO,
        _NOTHING,
    ).decimals(2)


def by_result() -> timeseries.Panel:
    """Return lines over time by result."""
    return with_colours(
        bars(
            "Lines by result",
            "accepted: a request counted; amended: a bill or a payout added to one; duplicate: "
            "known already; pending: not finished yet; invalid: rejected. A bar is what was "
            "counted from its time to the next bar's.",
            {"{{result}}": health.source_increase(f"{_PREFIX}records_total", INTERVAL, "result")},
            COUNT,
            empty=_NOTHING,
        ),
        "accepted",
        "amended",
        "duplicate",
        "pending",
        "invalid",
    )


def by_source() -> bargauge.Panel:
    """Return lines by source."""
    return ranking(
        "Lines by source",
        "Lines read in the range, of the ten sources with the most; Other is all the rest.",
        top(increases(SOURCES, health.RECORDS), "source"),
        COUNT,
        empty=_NOTHING,
    )


def invalid_reasons() -> bargauge.Panel:
    """Return rejected lines by reason."""
    return ranking(
        "Why lines were rejected",
        "Rejected lines in the range by the first rule that they break.",
        {"{{reason}}": health.source_increase(f"{_PREFIX}invalid_records_total", RANGE, "reason")},
        COUNT,
        empty="No line was rejected in this range",
    )


def bytes_read() -> timeseries.Panel:
    """Return bytes read over time by source."""
    return bars(
        "Bytes read by source",
        "Log read and counted, decompressed. A bar is what was read from its time to the next "
        "bar's.",
        {"{{source}}": health.source_increase(f"{_PREFIX}source_bytes_total", INTERVAL, "source")},
        BYTES,
        empty=_NOTHING,
    )


def lag_over_time() -> timeseries.Panel:
    """Return the bytes not read yet over time by source."""
    return lines(
        "Not read yet by source",
        "Bytes of log that waited to be read.",
        {"{{source}}": health.source_gauge(f"{_PREFIX}source_lag_bytes")},
        BYTES,
        empty="No source is read",
    )


def last_read() -> timeseries.Panel:
    """Return the time since the last line of each source."""
    return lines(
        "Time since the last line of a source",
        "Time since the last line of each source. It grows while nobody sends requests.",
        {"{{source}}": health.seconds_since_read(f"{_PREFIX}source_last_read_timestamp_seconds")},
        SECONDS,
        empty="No source is read",
    )


def files_by_state() -> bargauge.Panel:
    """Return the number of files by state."""
    return ranking(
        "Files by state",
        "Files of all sources at the end of the range. reading: followed; done: read to the end; "
        "copy: same content as another file; missing: a path that matches no file; lost: gone "
        "before it was read to its end; beyond_cap: left out, because there are too many.",
        {"{{state}}": f"{health.latest_source_gauge(f'{_PREFIX}source_files', 'state')} > 0"},
        COUNT,
        empty="No source is read",
    )


def lost_bytes() -> stat.Panel:
    """Return the bytes of log that were lost."""
    return number(
        "Lost",
        "Bytes of log in the range that are known to be lost: a file was gone before it was read "
        "to its end.",
        health.source_increase(f"{_PREFIX}source_lost_bytes_total", RANGE),
        BYTES,
        "None known",
    )


def nul_bytes() -> stat.Panel:
    """Return the NUL bytes read."""
    return number(
        "NUL bytes",
        "NUL bytes in the logs read in the range: gaps that a truncation or a power loss left. "
        "The original content is lost.",
        health.source_increase(f"{_PREFIX}source_nul_bytes_total", RANGE),
        BYTES,
        "None",
    )


def field_faults() -> bargauge.Panel:
    """Return the fields that were left out, by field and reason."""
    return ranking(
        "Fields that can't be used",
        "Fields in the range with a wrong type or value. Their records are counted without them.",
        {
            "{{field}}: {{reason}}": health.source_increase(
                f"{_PREFIX}field_faults_total", RANGE, "field", "reason"
            )
        },
        COUNT,
        empty="No field was left out in this range",
    )


def conflicts() -> bargauge.Panel:
    """Return records that contradict an earlier one, by field."""
    return ranking(
        "Contradictions by field",
        "Records in the range that differ from an earlier one of the same id, by field. The first "
        "one counts.",
        {"{{field}}": health.exporter_increase(f"{_PREFIX}conflicts_total", RANGE, "field")},
        COUNT,
        empty="No contradictions in this range",
    )


def unknown_values() -> bargauge.Panel:
    """Return unknown values by field."""
    return ranking(
        "Unknown values by field",
        "Values in the range that no rule lists, by field: new values from ZenMux to look at. "
        "They are counted under `unknown` or `other`.",
        {"{{field}}": health.exporter_increase(f"{_PREFIX}unknown_values_total", RANGE, "field")},
        COUNT,
        empty="No unknown values in this range",
    )


def label_overflow() -> bargauge.Panel:
    """Return label values over their limit, by label."""
    return ranking(
        "Label values folded into other",
        "Values in the range that a label's limit folded into `other`; sums stay exact. Raise the "
        "label's limit to tell them apart.",
        {"{{label}}": health.exporter_increase(f"{_PREFIX}label_overflow_total", RANGE, "label")},
        COUNT,
        empty="No label reached its limit in this range",
    )
