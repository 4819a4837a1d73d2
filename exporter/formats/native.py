"""The exporter's own format, for users who write records themselves, and ZenMux's responses.

Source of the aliases: the response bodies of Chat Completions, Responses, Messages and Gemini as
ZenMux's documentation of its API shows them, and an older shape of the get-generation response.
"""

from ..rules.usage import NAMES_AT_TOP
from .fields import (
    ERROR,
    FLAG,
    MILLISECONDS,
    MONEY,
    PART,
    QUANTITY,
    RATE,
    STATUS,
    TEXT,
    TIME,
    USAGE,
    Field,
)

TITLE = "Native"
_FINISH = "finish reason of any protocol"
_ALIASES = (
    Field("generation_id", "id", TEXT, is_alias=True),
    Field("responseId", "id", TEXT, is_alias=True),
    Field("createdAt", "time", TIME, required=True, is_alias=True),
    Field("created_at", "time", TIME, required=True, is_alias=True),
    Field("created", "time", TIME, required=True, is_alias=True),
    Field("createTime", "time", TIME, required=True, is_alias=True),
    Field("modelVersion", "model", TEXT, required=True, is_alias=True),
    Field("choices[0].finish_reason", "choices[0].finish_reason", TEXT, _FINISH, is_alias=True),
    Field("stop_reason", "stop_reason", TEXT, _FINISH, is_alias=True),
    Field("candidates[0].finishReason", "choices[0].finish_reason", TEXT, is_alias=True),
    Field("incomplete_details.reason", "incomplete.reason", TEXT, _FINISH, is_alias=True),
    Field("usageMetadata", "usage", USAGE, is_alias=True),
    *(Field(name, f"part_{name}", PART, is_alias=True) for name in NAMES_AT_TOP),
)
FIELDS = (
    Field("id", "id", TEXT, "generation id; a repeated id is counted once"),
    Field("timestamp", "time", TIME, "time of the request", required=True),
    Field("event", "event", TEXT, "`compensation` if the record only reports a payout"),
    Field("model", "model", TEXT, "model slug", required=True),
    Field("provider", "provider", TEXT, "provider slug"),
    Field("api_key", "api_key", TEXT, "API key's id"),
    Field("plan", "plan", TEXT, "`payg` or `subscription`"),
    Field("api", "api", TEXT, "protocol of the request: `messages`, `chat.completions`"),
    Field("input_tokens", "input_tokens", QUANTITY, "total input tokens"),
    Field("output_tokens", "output_tokens", QUANTITY, "total output tokens"),
    Field("tokens.*", "quantities.*", QUANTITY, "billed quantity by fee item code"),
    Field("usage", "usage", USAGE, "usage object of a protocol"),
    Field("cost_usd", "bill", MONEY, "billed amount before discount"),
    Field("costs_usd.*", "item_costs.*", MONEY, "billed amount by fee item code"),
    Field("discount_usd", "discount", MONEY, "discount on the bill"),
    Field("latency_ms", "latency", MILLISECONDS, "time to the first token"),
    Field("generation_ms", "generation", MILLISECONDS, "time from the first token to the last"),
    Field("throughput_tps", "throughput", RATE, "output tokens per second"),
    Field("streamed", "streamed", FLAG, "the answer was streamed; true if absent"),
    Field("cancelled", "cancelled", FLAG, "the client closed the connection"),
    Field("finish_reason", "finish_reason", TEXT, _FINISH),
    Field("status", "status", STATUS, "outcome or HTTP status"),
    Field("error_type", "error_type", TEXT, "error type of a failed request"),
    Field("error", "error", ERROR, "error of a failed request: its `type`, else its `code`"),
    Field("web_search_calls", "web_searches", QUANTITY, "number of web searches"),
    Field("compensation.type", "compensation.type", TEXT, "type of the compensation"),
    Field("compensation.payout_usd", "compensation.payout", MONEY, "insurance payout"),
    Field("compensation.paid_at", "compensation.paid_at", TIME, "time of the payout"),
    *_ALIASES,
)
# A record of no other format is native.
MARKS: tuple[tuple[tuple[str, ...], ...], ...] = ()
