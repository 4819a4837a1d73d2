"""The exporter's own shape, for those who write records themselves."""

from .fields import COUNT, FLAG, MILLISECONDS, MONEY, RATE, STATUS, TEXT, TIME, Field

TITLE = "Native"
FIELDS = (
    Field("id", "id", TEXT, "generation id, by which repeated lines are found"),
    Field("timestamp", "time", TIME, "time of the request", required=True),
    Field("event", "event", TEXT, "`compensation` if the line only reports a payout"),
    Field("model", "model", TEXT, "model slug", required=True),
    Field("provider", "provider", TEXT, "provider slug"),
    Field("api_key", "api_key", TEXT, "API key's id"),
    Field("plan", "plan", TEXT, "`payg` or `subscription`"),
    Field("input_tokens", "input_tokens", COUNT, "input tokens in total"),
    Field("output_tokens", "output_tokens", COUNT, "output tokens in total"),
    Field("tokens.*", "quantities.*", COUNT, "billed quantity by fee item code"),
    Field("cost_usd", "bill", MONEY, "billed amount before discount"),
    Field("costs_usd.*", "item_costs.*", MONEY, "billed amount by fee item code"),
    Field("discount_usd", "discount", MONEY, "discount on the bill"),
    Field("latency_ms", "latency", MILLISECONDS, "time to the first token"),
    Field("generation_ms", "generation", MILLISECONDS, "time from the first token to the last"),
    Field("throughput_tps", "throughput", RATE, "output tokens per second"),
    Field("streamed", "streamed", FLAG, "the answer was streamed; true if absent"),
    Field("cancelled", "cancelled", FLAG, "the client went away"),
    Field("finish_reason", "finish_reason", TEXT, "finish reason in any protocol's words"),
    Field("status", "status", STATUS, "outcome, or HTTP status"),
    Field("error_type", "error_type", TEXT, "error type of a failed request"),
    Field("web_search_calls", "web_searches", COUNT, "web searches made"),
    Field("compensation.type", "compensation.type", TEXT, "type of the compensation"),
    Field("compensation.payout_usd", "compensation.payout", MONEY, "insurance payout"),
    Field("compensation.paid_at", "compensation.paid_at", TIME, "time of the payout"),
)
# It is what has no mark of another format.
MARKS: tuple[str, ...] = ()
