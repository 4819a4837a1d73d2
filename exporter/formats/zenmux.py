"""ZenMux's own shape: the console's raw meta and the get-generation response.

Source: ZenMux's documentation, guide/observability/logs.md, about/pricing-and-cost.md and
api/platform/get-generation.md. The paths of a payout are not documented; they are configurable.
"""

from .fields import COUNT, FLAG, MILLISECONDS, MONEY, RATE, STATUS, TEXT, TIME, Field

TITLE = "ZenMux"
FIELDS = (
    Field("generationId", "id", TEXT),
    Field("createdAt", "time", TIME, required=True),
    Field("createAt", "time", TIME, required=True),
    Field("event", "event", TEXT),
    Field("apiKeyId", "api_key", TEXT),
    Field("modelSlug", "model", TEXT, required=True),
    Field("model", "model", TEXT, required=True),
    Field("providerSlug", "provider", TEXT),
    Field("plan", "plan", TEXT),
    Field("latency", "latency", MILLISECONDS),
    Field("generationTime", "generation", MILLISECONDS),
    Field("throughput", "throughput", RATE),
    Field("streamed", "streamed", FLAG),
    Field("cancelled", "cancelled", FLAG),
    Field("ext.requestSuccess", "ext.succeeded", FLAG, "false if the request failed"),
    Field("status", "status", STATUS),
    Field("errorType", "error_type", TEXT),
    Field("finishReason", "finish_reason", TEXT),
    Field("nativeFinishReason", "finish_reason", TEXT),
    Field("nativeFeeTokens.*", "quantities.*", COUNT),
    Field(
        "nativeTokens.prompt_tokens",
        "usage.prompt",
        COUNT,
        "input tokens as the protocol counts them",
    ),
    Field(
        "nativeTokens.prompt_tokens_details.cached_tokens",
        "usage.prompt_parts.cache_read",
        COUNT,
        "tokens read from the cache",
    ),
    Field(
        "nativeTokens.prompt_tokens_details.ephemeral_5m_input_tokens",
        "usage.prompt_parts.cache_write_5_min",
        COUNT,
        "tokens cached for five minutes",
    ),
    Field(
        "nativeTokens.prompt_tokens_details.ephemeral_1h_input_tokens",
        "usage.prompt_parts.cache_write_1_h",
        COUNT,
        "tokens cached for one hour",
    ),
    Field(
        "nativeTokens.completion_tokens",
        "usage.completion",
        COUNT,
        "output tokens as the protocol counts them",
    ),
    Field(
        "nativeTokens.completion_tokens_details.reasoning_tokens",
        "usage.completion_parts.reasoning",
        COUNT,
        "reasoning tokens",
    ),
    Field("billAmount", "bill", MONEY),
    Field("discountAmount", "discount", MONEY),
    Field("ratingResponses.billAmount", "rating.bill", MONEY, "rated amount before discount"),
    Field(
        "ratingResponses.discountAmount", "rating.discount", MONEY, "discount on the rated amount"
    ),
    Field(
        "ratingResponses.ratingDetails[].feeItemCode", "rating.items[].code", TEXT, "fee item code"
    ),
    Field(
        "ratingResponses.ratingDetails[].billAmount",
        "rating.items[].amount",
        MONEY,
        "amount of a fee item",
    ),
    Field("usage", "credits", MONEY, "billed amount, if no other is given"),
    Field("compensation.type", "compensation.type", TEXT),
    Field("compensation.payout", "compensation.payout", MONEY),
    Field("compensation.paidAt", "compensation.paid_at", TIME),
)
# An object that has one of these, not null, is of this format.
MARKS = ("generationId", "createdAt", "createAt")
