"""Grafana's units under the names that the panels use."""

COUNT = "short"
# Not shortened: 12,345 instead of 12.3 K.
EXACT_COUNT = "locale"
USD = "currencyUSD"
# Not shortened: `currencyUSD` shows three digits, such as $346 for $345.67 or $12.3K for $12,345.
EXACT_USD = "currency:financial:$"
SECONDS = "s"
# Not scaled: 0.72 s next to 12.30 s, instead of 719 ms next to 12.3 s.
LATENCY = "suffix: s"
MILLISECONDS = "suffix: ms"
RATIO = "percentunit"
BYTES = "bytes"
TOKENS_PER_SECOND = "suffix: tok/s"
TEXT = "none"
