"""ZenMux's own format: the console's raw meta and the get-generation response.

Source: ZenMux's documentation, guide/observability/logs.md, about/pricing-and-cost.md and
api/platform/get-generation.md. The paths of a payout are not documented; they are configurable.
"""

from .fields import (
    ERROR,
    FLAG,
    MILLISECONDS,
    MONEY,
    QUANTITY,
    RATE,
    STATUS,
    TEXT,
    TIME,
    USAGE,
    USAGE_OR_AMOUNT,
    Field,
)

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
    Field("api", "api", TEXT),
    Field("latency", "latency", MILLISECONDS),
    Field("generationTime", "generation", MILLISECONDS),
    Field("throughput", "throughput", RATE),
    Field("streamed", "streamed", FLAG),
    Field("cancelled", "cancelled", FLAG),
    Field("ext.requestSuccess", "ext.succeeded", FLAG, "false if the request failed"),
    Field("status", "status", STATUS),
    Field("errorType", "error_type", TEXT),
    Field("error", "error", ERROR),
    Field("finishReason", "finish_reason", TEXT),
    Field("nativeFinishReason", "finish_reason", TEXT),
    Field("nativeFeeTokens.*", "quantities.*", QUANTITY),
    Field("nativeTokens", "usage", USAGE),
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
    Field(
        "usage",
        "credits",
        USAGE_OR_AMOUNT,
        "usage object of a protocol, or the billed amount if no other is given",
    ),
    Field("usageMetadata", "usage", USAGE, is_alias=True),
    Field("compensation.type", "compensation.type", TEXT),
    Field("compensation.payout", "compensation.payout", MONEY),
    Field("compensation.paidAt", "compensation.paid_at", TIME),
)
# An object of this format has a key of each group of one line, not null.
MARKS = (
    (("generationId",),),
    (
        ("createdAt", "createAt"),
        (
            "modelSlug",
            "nativeTokens",
            "nativeFeeTokens",
            "billAmount",
            "ratingResponses",
            "apiKeyId",
        ),
    ),
)
