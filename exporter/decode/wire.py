"""The two shapes of a line as they stand in the log: JSON fields with their JSON types.

Field names are the log's own. `Number` fields take JSON numbers and strings; exact decimals take
their place when a line is read again by `exactly`. Fields that no rule reads are left out.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    Number = int | float | str | Decimal
else:
    Number = int | float | str


class ZenmuxDetail(msgspec.Struct, gc=False):
    """One fee item of a bill."""

    feeItemCode: str | None = None
    billAmount: Number | None = None


class ZenmuxRating(msgspec.Struct, gc=False):
    """`ratingResponses`: the bill and its items."""

    billAmount: Number | None = None
    discountAmount: Number | None = None
    ratingDetails: list[ZenmuxDetail | None] | None = None


class PromptDetails(msgspec.Struct, gc=False):
    """Subsets of `prompt_tokens`."""

    cached_tokens: Number | None = None
    ephemeral_5m_input_tokens: Number | None = None
    ephemeral_1h_input_tokens: Number | None = None


class CompletionDetails(msgspec.Struct, gc=False):
    """Subsets of `completion_tokens`."""

    reasoning_tokens: Number | None = None


class NativeTokens(msgspec.Struct, gc=False):
    """`nativeTokens`: usage in the protocol's own terms."""

    prompt_tokens: Number | None = None
    completion_tokens: Number | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None


class Ext(msgspec.Struct, gc=False):
    """`ext`: the only success flag of raw meta."""

    requestSuccess: bool | None = None


class ZenmuxCompensation(msgspec.Struct, gc=False):
    """A payout in a ZenMux-shaped record."""

    type: str | None = None
    payout: Number | None = None
    paidAt: Number | None = None


class NativeCompensation(msgspec.Struct, gc=False):
    """A payout in a native record."""

    type: str | None = None
    payout_usd: Number | None = None
    paid_at: Number | None = None


class ZenmuxLine(msgspec.Struct, gc=False):
    """The console's raw meta and the get-generation response."""

    generationId: str | None = None
    createdAt: Number | None = None
    createAt: Number | None = None
    event: str | None = None
    apiKeyId: str | None = None
    modelSlug: str | None = None
    model: str | None = None
    providerSlug: str | None = None
    plan: str | None = None
    generationTime: Number | None = None
    latency: Number | None = None
    streamed: bool | None = None
    cancelled: bool | None = None
    throughput: Number | None = None
    nativeFeeTokens: dict[str, Number | None] | None = None
    nativeTokens: NativeTokens | None = None
    finishReason: str | None = None
    nativeFinishReason: str | None = None
    billAmount: Number | None = None
    discountAmount: Number | None = None
    usage: Number | None = None
    ratingResponses: ZenmuxRating | None = None
    ext: Ext | None = None
    status: Number | None = None
    errorType: str | None = None
    compensation: ZenmuxCompensation | None = None


class NativeLine(msgspec.Struct, gc=False):
    """The exporter's own record; `generationId` and the like only tell that it is not one."""

    id: str | None = None
    timestamp: Number | None = None
    event: str | None = None
    model: str | None = None
    provider: str | None = None
    api_key: str | None = None
    plan: str | None = None
    input_tokens: Number | None = None
    output_tokens: Number | None = None
    tokens: dict[str, Number | None] | None = None
    cost_usd: Number | None = None
    costs_usd: dict[str, Number | None] | None = None
    discount_usd: Number | None = None
    latency_ms: Number | None = None
    generation_ms: Number | None = None
    throughput_tps: Number | None = None
    streamed: bool | None = None
    cancelled: bool | None = None
    finish_reason: str | None = None
    status: Number | None = None
    error_type: str | None = None
    web_search_calls: Number | None = None
    compensation: NativeCompensation | None = None
    generationId: msgspec.Raw = msgspec.Raw()
    createdAt: msgspec.Raw = msgspec.Raw()
    createAt: msgspec.Raw = msgspec.Raw()
